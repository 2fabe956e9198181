//! How often one address may call. Per process: locks and quotas, which must hold over all of
//! them, are the use cases' own.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use warifu_core::RequestContext;
use warifu_core::domain::Network;

use crate::answer::Answer;
use crate::paths;
use crate::settings::RateLimit;

/// Counts requests by address; an IPv6 network of 64 bits, which one customer has to themselves,
/// counts as one.
pub(crate) struct AddressLimiter {
    limiter: DefaultKeyedRateLimiter<Network>,
    clock: DefaultClock,
}

impl AddressLimiter {
    /// Nothing where the limit's time is too short to divide.
    pub(crate) fn new(limit: RateLimit) -> Option<Self> {
        let each = limit.per / limit.burst.get();
        let quota = Quota::with_period(each)?.allow_burst(limit.burst);
        Some(Self {
            limiter: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
        })
    }

    fn check(&self, address: IpAddr) -> Result<(), Answer> {
        self.limiter
            .check_key(&Network::from(address))
            .map_err(|not_until| {
                Answer::too_many_requests(not_until.wait_time_from(self.clock.now()))
            })
    }

    /// Forgets addresses whose limit is whole again, so that memory stays bounded.
    pub(crate) fn forget_quiet_addresses(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// The layer. Operations endpoints are exempt where they are served: a probe that is refused
/// would take the server out of service.
pub(crate) async fn enforce(
    State((limiter, ops_exempt)): State<(Arc<AddressLimiter>, bool)>,
    request: Request,
    next: Next,
) -> Response {
    let exempt = ops_exempt && paths::is_ops(request.uri().path());
    let source = request
        .extensions()
        .get::<RequestContext>()
        .and_then(|context| context.source);
    if let Some(source) = source.filter(|_| !exempt)
        && let Err(answer) = limiter.check(source)
    {
        return answer.into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use warifu_wire::ProblemType;

    use super::*;

    fn limiter(burst: u32) -> AddressLimiter {
        let burst = NonZeroU32::new(burst).unwrap();
        AddressLimiter::new(RateLimit {
            burst,
            per: Duration::from_secs(3600),
        })
        .unwrap()
    }

    #[test]
    fn the_limit_is_each_addresss_own() {
        let limiter = limiter(2);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert!(limiter.check(one).is_ok());
        assert!(limiter.check(one).is_ok());
        let refused = limiter.check(one).unwrap_err();
        assert_eq!(refused.problem.kind(), ProblemType::TooManyRequests);
        assert!((1..=1800).contains(&refused.problem.retry_after().unwrap()));
        assert!(limiter.check(other).is_ok());
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let limiter = limiter(1);
        assert!(limiter.check("2001:db8::1".parse().unwrap()).is_ok());
        assert!(limiter.check("2001:db8::ffff:2".parse().unwrap()).is_err());
        assert!(limiter.check("2001:db8:0:1::1".parse().unwrap()).is_ok());
    }
}
