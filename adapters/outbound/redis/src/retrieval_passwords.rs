use std::cmp::Reverse;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use warifu_core::domain::attempts::{AttemptPolicy, Charge, Purpose};
use warifu_core::domain::retrieval_record::{
    Cancellation, CandidateRecord, HandOverAnswer, HandOverWay, IssuedTimes, KeyOrigin,
    NewRetrievalPassword, NotRedeemable, RedeemingKey, Reissue, ReissueAnswer,
    RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement, RetrievalVerdict,
    StoredCertificate,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, KeyFingerprint, LeaseToken, PasswordHash, PersonIdentity,
    ReissueId, RequestDigest, Subject, Timestamp, UserId,
};
use warifu_core::ports::{RetrievalPasswordStore, Unavailable};
use warifu_redis_link::{Call, Reply, Script};

use crate::error::unavailable;
use crate::keys::Tag;
use crate::reissues::{handed_over, read_line, route_of, status_of};
use crate::reply::Fields as _;
use crate::shared::{answer, millis, origin, verdict};
use crate::store::{RedisStore, limits};

/// Users asked for beyond a page of reissues: the clocks of a Cluster's servers differ a little.
const MARGIN: usize = 16;

const fn origin_name(origin: KeyOrigin) -> &'static str {
    match origin {
        KeyOrigin::Client => origin::CLIENT,
        KeyOrigin::Server => origin::SERVER,
    }
}

/// A script on a user's counter and record.
fn on_record<'a>(script: &'a Script, tag: &Tag) -> Call<'a> {
    Call::new(script)
        .key(tag.counter(Purpose::Retrieval))
        .key(tag.leases(Purpose::Retrieval))
        .key(record(tag))
}

fn record(tag: &Tag) -> String {
    tag.key("p")
}

fn earlier(tag: &Tag) -> String {
    tag.key("e")
}

fn requests(tag: &Tag) -> String {
    tag.key("r")
}

/// What scripts take for nothing is the empty text.
fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[async_trait]
impl RetrievalPasswordStore for RedisStore {
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable> {
        // First the contract's list: whatever redeems can be found and cancelled.
        self.note_reissue(subject, &new).await?;
        let tag = self.keys.user(subject);
        let call = on_record(&self.scripts.retrieval_reissue, &tag)
            .key(earlier(&tag))
            .key(requests(&tag))
            .args(limits(policy))
            .arg(new.id)
            .arg(new.hash.expose_phc())
            .arg(new.operator)
            .arg(new.route.name())
            .arg(millis(new.valid_for))
            .arg(millis(new.hold_for))
            .arg(&self.keep_for)
            .arg(optional(new.request.map(|request| request.digest)))
            .arg(optional(
                new.request.map(|request| millis(request.remember_for)),
            ))
            .arg(optional(new.verified_at.map(Timestamp::as_unix_millis)))
            .arg(optional(new.identity.map(String::from)));
        let reply = self
            .run_lasting(call, |reply| reply.kind() == answer::ISSUED_NOW)
            .await?;
        match reply.kind() {
            answer::ISSUED_NOW => Ok(ReissueAnswer::Issued(IssuedTimes {
                issued_at: reply.time(1)?,
                redeemable_from: reply.time(2)?,
                expires_at: reply.time(3)?,
            })),
            answer::REPEATED => Ok(ReissueAnswer::Repeated),
            answer::OVERTAKEN => Ok(ReissueAnswer::Overtaken),
            _ => Err(reply.unexpected()),
        }
    }

    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.retrieval_carried_out)
            .key(requests(&self.keys.user(subject)))
            .arg(request);
        Ok(self.run(call).await?.flag(0))
    }

    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable> {
        let tag = self.keys.user(subject);
        let call = on_record(&self.scripts.retrieval_reserve, &tag)
            .args(limits(policy))
            .arg(lease);
        // A guess that a failover forgets would be a guess for nothing.
        let reply = self
            .run_lasting(call, |reply| reply.kind() == answer::GRANTED)
            .await?;
        Ok(match reply.kind() {
            answer::GRANTED if reply.text(1).is_empty() => RetrievalReservation::Granted(None),
            answer::GRANTED => RetrievalReservation::Granted(Some(CandidateRecord {
                id: reply.parsed(1)?,
                hash: PasswordHash::from_phc(reply.text(2)),
                route: route_of(reply.text(3)).ok_or_else(|| reply.unexpected())?,
                operator: reply.text(4).to_owned(),
                identity: PersonIdentity::parse(reply.text(5)),
            })),
            answer::BUSY => RetrievalReservation::Busy,
            answer::LOCKED => RetrievalReservation::Locked(reply.lock(1)?),
            answer::SUSPENDED => RetrievalReservation::Suspended {
                until: reply.time(1)?,
            },
            _ => return Err(reply.unexpected()),
        })
    }

    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        let tag = self.keys.user(subject);
        let call = on_record(&self.scripts.retrieval_settle, &tag)
            .args(limits(policy))
            .arg(lease);
        let call = match verdict {
            RetrievalVerdict::Right { record, key } => call
                .arg(verdict::RIGHT)
                .arg(record)
                .arg(key.fingerprint)
                .arg(origin_name(key.origin)),
            RetrievalVerdict::Wrong => unclaiming(call, verdict::WRONG),
            RetrievalVerdict::Undecided => unclaiming(call, verdict::UNDECIDED),
            RetrievalVerdict::NotAsked => unclaiming(call, verdict::NOT_ASKED),
            RetrievalVerdict::Withdrawn => unclaiming(call, verdict::WITHDRAWN),
        };
        // What is won, and what is answered "wrong", counts, and what is taken back does not, also
        // after a failover.
        let answered = |reply: &Reply| !matches!(reply.kind(), answer::LOST | answer::RELEASED);
        let reply = match verdict {
            RetrievalVerdict::Withdrawn => self.run_lasting(call, |_| true).await?,
            _ => self.run_lasting(call, answered).await?,
        };
        settlement(&reply)
    }

    async fn store_certificate(
        &self,
        subject: &Subject,
        id: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable> {
        let written = serde_json::to_string(&certificate)
            .map_err(|error| unavailable(format!("the certificate cannot be written: {error}")))?;
        let call = Call::new(&self.scripts.retrieval_store_certificate)
            .key(record(&self.keys.user(subject)))
            .arg(id)
            .arg(key.fingerprint)
            .arg(origin_name(key.origin))
            .arg(written);
        let reply = self
            .run_lasting(call, |reply| reply.kind() == answer::DELIVER)
            .await?;
        match reply.kind() {
            answer::DELIVER => Ok(StoredCertificate::Deliver(Box::new(reply.json(1)?))),
            answer::NOT_YOURS => Ok(StoredCertificate::NotYours),
            _ => Err(reply.unexpected()),
        }
    }

    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable> {
        let tag = self.keys.user(subject);
        let call = Call::new(&self.scripts.retrieval_cancel)
            .key(record(&tag))
            .key(earlier(&tag))
            .arg(reissue);
        let reply = self
            .run_lasting(call, |reply| reply.kind() == answer::CANCELLED)
            .await?;
        match reply.kind() {
            answer::CANCELLED => Ok(Cancellation::Cancelled),
            answer::VOID => Ok(Cancellation::AlreadyVoid),
            answer::REDEEMED => Ok(Cancellation::AlreadyRedeemed),
            answer::UNKNOWN => Ok(Cancellation::Unknown),
            _ => Err(reply.unexpected()),
        }
    }

    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable> {
        let tag = self.keys.user(subject);
        let call = Call::new(&self.scripts.retrieval_hand_over)
            .key(record(&tag))
            .key(earlier(&tag))
            .arg(reissue)
            .arg(way.name());
        let reply = self
            .run_lasting(call, |reply| reply.kind() == answer::NOTED)
            .await?;
        match reply.kind() {
            answer::NOTED => Ok(HandOverAnswer::Noted),
            answer::VOID => Ok(HandOverAnswer::NotWaiting),
            answer::UNKNOWN => Ok(HandOverAnswer::Unknown),
            _ => Err(reply.unexpected()),
        }
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        let call = Call::new(&self.scripts.contract_find)
            .key(self.keys.contract(contract).key("i"))
            .arg(reissue);
        let noted = self.run(call).await?;
        if noted.text(0).is_empty() {
            return Ok(None);
        }
        let user: UserId = noted.parsed(0)?;
        let tag = self
            .keys
            .user(&Subject::new(contract.clone(), user.clone()));
        let call = Call::new(&self.scripts.retrieval_knows)
            .key(record(&tag))
            .key(earlier(&tag))
            .arg(reissue);
        Ok(self.run(call).await?.flag(0).then_some(user))
    }

    /// The newest reissues of a contract are among those of the users who got one last.
    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable> {
        let users = match user {
            Some(user) => vec![user.clone()],
            None => {
                self.latest_users(contract, limit.saturating_add(MARGIN))
                    .await?
            }
        };
        let histories = users
            .iter()
            .map(|user| self.history(contract, user, policy));
        let mut reissues: Vec<Reissue> = try_join_all(histories)
            .await?
            .into_iter()
            .flatten()
            .collect();
        reissues.sort_by_key(|reissue| Reverse(reissue.issued_at));
        reissues.truncate(limit);
        Ok(reissues)
    }

    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable> {
        let statuses = users.iter().map(|user| {
            let tag = self
                .keys
                .user(&Subject::new(contract.clone(), user.clone()));
            self.run(on_record(&self.scripts.retrieval_status, &tag).args(limits(policy)))
        });
        let status = |reply: &Reply| {
            let name = reply.text(0);
            let status = if name.is_empty() {
                None
            } else {
                Some(status_of(name).ok_or_else(|| reply.unexpected())?)
            };
            Ok(RetrievalPasswordStatus {
                status,
                expires_at: reply.optional_time(1)?,
                locked: reply.flag(2),
                handed_over: handed_over(reply, 3)?,
            })
        };
        try_join_all(statuses).await?.iter().map(status).collect()
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.check_all().await
    }
}

impl RedisStore {
    async fn note_reissue(
        &self,
        subject: &Subject,
        new: &NewRetrievalPassword,
    ) -> Result<(), Unavailable> {
        let tag = self.keys.contract(&subject.contract);
        let listed_for = new.valid_for.saturating_add(new.hold_for);
        let remember = millis(listed_for).parse::<u64>().unwrap_or_default()
            + self.keep_for.parse::<u64>().unwrap_or_default();
        let call = Call::new(&self.scripts.contract_note)
            .key(tag.key("u"))
            .key(tag.key("i"))
            .key(tag.key("t"))
            .arg(new.id)
            .arg(&subject.user)
            .arg(remember);
        self.run_lasting(call, |_| true).await?;
        Ok(())
    }

    async fn latest_users(
        &self,
        contract: &ContractNumber,
        limit: usize,
    ) -> Result<Vec<UserId>, Unavailable> {
        let call = Call::new(&self.scripts.contract_users)
            .key(self.keys.contract(contract).key("u"))
            .arg(limit);
        let reply = self.run(call).await?;
        (0..reply.texts().len())
            .map(|place| reply.parsed(place))
            .collect()
    }

    async fn history(
        &self,
        contract: &ContractNumber,
        user: &UserId,
        policy: &AttemptPolicy,
    ) -> Result<Vec<Reissue>, Unavailable> {
        let tag = self
            .keys
            .user(&Subject::new(contract.clone(), user.clone()));
        let call = on_record(&self.scripts.retrieval_history, &tag)
            .key(earlier(&tag))
            .args(limits(policy));
        let reply = self.run(call).await?;
        let noted = handed_over(&reply, 0)?;
        let lines = reply.texts().iter().skip(1);
        let reissues = lines.map(|line| read_line(user, line).ok_or_else(|| reply.unexpected()));
        let mut reissues: Vec<Reissue> = reissues.collect::<Result<_, _>>()?;
        if let Some(current) = reissues.first_mut() {
            current.handed_over = noted;
        }
        Ok(reissues)
    }
}

fn unclaiming<'a>(call: Call<'a>, verdict: &str) -> Call<'a> {
    call.arg(verdict).arg("").arg("").arg("")
}

fn settlement(reply: &Reply) -> Result<RetrievalSettlement, Unavailable> {
    Ok(match reply.kind() {
        answer::WON if reply.text(1).is_empty() => RetrievalSettlement::Won { abandoned: None },
        answer::WON => {
            let abandoned = KeyFingerprint::try_from(reply.text(1).to_owned());
            let abandoned = abandoned.map_err(|_| reply.unexpected())?;
            RetrievalSettlement::Won {
                abandoned: Some(abandoned),
            }
        }
        answer::SAME_KEY if reply.text(1).is_empty() => {
            RetrievalSettlement::SameKey { certificate: None }
        }
        answer::SAME_KEY => RetrievalSettlement::SameKey {
            certificate: Some(Box::new(reply.json(1)?)),
        },
        answer::CONSUMED => not_redeemable(reply, NotRedeemable::Consumed)?,
        answer::STALE => not_redeemable(reply, NotRedeemable::Stale)?,
        answer::EXPIRED => not_redeemable(reply, NotRedeemable::Expired)?,
        answer::HELD => RetrievalSettlement::Held {
            redeemable_from: reply.time(1)?,
        },
        answer::REFUSED => RetrievalSettlement::Refused {
            failures_left: reply.parsed(1)?,
        },
        answer::LOCKED => RetrievalSettlement::Locked(reply.lock(1)?),
        answer::LOST => RetrievalSettlement::Lost,
        answer::RELEASED => RetrievalSettlement::Released,
        _ => return Err(reply.unexpected()),
    })
}

/// What a right entry was charged stands after why it gives no certificate.
fn not_redeemable(
    reply: &Reply,
    reason: NotRedeemable,
) -> Result<RetrievalSettlement, Unavailable> {
    let charge = match reply.text(1) {
        answer::REFUSED => Charge::Counted {
            failures_left: reply.parsed(2)?,
        },
        answer::LOCKED => Charge::Locked(reply.lock(2)?),
        _ => return Err(reply.unexpected()),
    };
    Ok(RetrievalSettlement::NotRedeemable { reason, charge })
}
