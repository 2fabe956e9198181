//! Reissues as scripts write them down, and how they are read.

use std::str::FromStr;

use warifu_core::domain::retrieval_record::{
    HandOver, HandOverWay, Reissue, ReissueRoute, ReissueStatus,
};
use warifu_core::domain::{ReissueId, Timestamp, UserId};
use warifu_core::ports::Unavailable;
use warifu_redis_link::Reply;

use crate::reply::Fields as _;

const ROUTES: [ReissueRoute; 3] = [
    ReissueRoute::Administrator,
    ReissueRoute::SelfService,
    ReissueRoute::Paper,
];

const STATUSES: [ReissueStatus; 6] = [
    ReissueStatus::Issued,
    ReissueStatus::Redeemed,
    ReissueStatus::Expired,
    ReissueStatus::Cancelled,
    ReissueStatus::Superseded,
    ReissueStatus::Locked,
];

pub(crate) fn route_of(name: &str) -> Option<ReissueRoute> {
    ROUTES.into_iter().find(|route| route.name() == name)
}

pub(crate) fn status_of(name: &str) -> Option<ReissueStatus> {
    STATUSES.into_iter().find(|status| status.name() == name)
}

/// Reads how a password was handed over, and when.
fn hand_over(noted: &str) -> Option<HandOver> {
    let (way, at) = noted.split_once(' ')?;
    let mut ways = HandOverWay::ALL.into_iter();
    let way = ways.find(|known| known.name() == way)?;
    let at = Timestamp::from_unix_millis(at.parse().ok()?);
    Some(HandOver { way, at })
}

/// What stands at `place`; nothing where it was not handed over.
pub(crate) fn handed_over(reply: &Reply, place: usize) -> Result<Option<HandOver>, Unavailable> {
    let noted = reply.text(place);
    if noted.is_empty() {
        return Ok(None);
    }
    hand_over(noted).map(Some).ok_or_else(|| reply.unexpected())
}

/// Reads a line of a user's history: id, issue, end, route, status, operator.
pub(crate) fn read_line(user: &UserId, line: &str) -> Option<Reissue> {
    let mut fields = line.splitn(6, ' ');
    let id = ReissueId::from_str(fields.next()?).ok()?;
    let issued_at = Timestamp::from_unix_millis(fields.next()?.parse().ok()?);
    let expires_at = Timestamp::from_unix_millis(fields.next()?.parse().ok()?);
    let route = route_of(fields.next()?)?;
    let status = status_of(fields.next()?)?;
    let operator = fields.next()?.to_owned();
    Some(Reissue {
        id,
        user: user.clone(),
        operator,
        route,
        issued_at,
        expires_at,
        status,
        handed_over: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_the_operators_whole_name() {
        let user: UserId = "user01".parse().unwrap();
        let line = "000102030405060708090a0b0c0d0e0f 5 9 self-service issued one two";
        let reissue = read_line(&user, line).unwrap();
        assert_eq!(reissue.operator, "one two");
        assert_eq!(reissue.route, ReissueRoute::SelfService);
        assert_eq!(reissue.status, ReissueStatus::Issued);
        assert!(read_line(&user, "nonsense").is_none());
    }

    #[test]
    fn a_hand_over_is_read_or_refused() {
        let noted = |text| hand_over(text).map(|noted| (noted.way, noted.at));
        let at = Timestamp::from_unix_millis(1_764_300_000_000);
        let by_telephone = noted("telephone 1764300000000");
        assert_eq!(by_telephone, Some((HandOverWay::Telephone, at)));
        for wrong in ["telephone", "mail 5", "in-person five", ""] {
            assert_eq!(noted(wrong), None, "{wrong}");
        }
    }
}
