//! "What can I do now?": which ways are open to somebody who needs a new retrieval password or is
//! locked out. Pure: from what everybody in the contract can do, to the ways.
//!
//! The paper procedure is for when nobody in the contract can help, and then only. Help can take
//! more than one step: a colleague whose certificate has ended may first get a new one from a third.

use super::attempts::Purpose;

/// What is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// A new retrieval password. It also ends the lock of the old one.
    RetrievalPassword,
    /// An end of a lock.
    Unlock(Purpose),
}

/// What one user of a contract has to act with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition of its own, and every combination exists"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecoveryMeans {
    /// Switched off.
    pub disabled: bool,
    /// Holds the reissue right.
    pub reissue_right: bool,
    /// サービス管理責任者: may unlock others; holds the reissue right, too.
    pub service_administrator: bool,
    /// Has a one-time-password card, as far as anybody can tell.
    pub card: bool,
    /// Has a valid certificate.
    pub certificate: bool,
    /// ログインパスワード is locked.
    pub login_locked: bool,
    /// 取引実行パスワード is locked.
    pub transaction_locked: bool,
    /// ワンタイムパスワード is locked.
    pub otp_locked: bool,
}

/// The ways that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryOptions {
    /// By oneself, with login password and one-time password.
    pub oneself: bool,
    /// By somebody else of the contract.
    pub another: bool,
    /// On paper: where neither of the others is open.
    pub paper: bool,
}

impl RecoveryMeans {
    fn logs_in(self) -> bool {
        !self.disabled && !self.login_locked
    }

    fn may_reissue(self) -> bool {
        self.reissue_right || self.service_administrator
    }

    /// Whether the user can get a new password without anybody's help.
    pub fn reissues_for_oneself(self) -> bool {
        self.logs_in() && self.may_reissue() && self.card && !self.otp_locked
    }

    /// Whether the user can act for others, where the administrators' entry asks for a certificate
    /// or not.
    fn acts_for_others(self, certificate_required: bool) -> bool {
        self.logs_in() && !self.transaction_locked && (self.certificate || !certificate_required)
    }

    fn reissues_for_others(self, certificate_required: bool) -> bool {
        self.may_reissue() && self.acts_for_others(certificate_required)
    }

    fn unlocks_others(self, certificate_required: bool) -> bool {
        self.service_administrator && self.acts_for_others(certificate_required)
    }

    /// Whether the user can give another what they need, as things are now.
    pub fn helps(self, need: Need, certificate_required: bool) -> bool {
        match need {
            Need::RetrievalPassword | Need::Unlock(Purpose::Retrieval) => {
                self.reissues_for_others(certificate_required)
            }
            Need::Unlock(Purpose::Login | Purpose::Transaction | Purpose::Otp) => {
                self.unlocks_others(certificate_required)
            }
            // No customer has any.
            Need::Unlock(Purpose::StaffDecision) => false,
        }
    }
}

/// Which ways are open to `me`, among `others` of the contract.
pub fn recovery_options(
    me: &RecoveryMeans,
    others: &[RecoveryMeans],
    need: Need,
    certificate_required: bool,
) -> RecoveryOptions {
    let oneself = match need {
        Need::RetrievalPassword | Need::Unlock(Purpose::Retrieval) => me.reissues_for_oneself(),
        Need::Unlock(_) => false,
    };
    let mut everybody: Vec<RecoveryMeans> = others.to_vec();
    everybody.push(*me);
    while help_each_other(&mut everybody, certificate_required) {}
    everybody.pop();
    let another = everybody
        .iter()
        .any(|other| other.helps(need, certificate_required));
    RecoveryOptions {
        oneself,
        another,
        paper: !oneself && !another,
    }
}

/// Lets everybody do for the others what they can. Tells whether that changed anything.
fn help_each_other(everybody: &mut [RecoveryMeans], certificate_required: bool) -> bool {
    let count = |able: fn(RecoveryMeans, bool) -> bool| {
        let able = |user: &&RecoveryMeans| able(**user, certificate_required);
        everybody.iter().filter(able).count()
    };
    let reissuers = count(RecoveryMeans::reissues_for_others);
    let unlockers = count(RecoveryMeans::unlocks_others);
    let mut changed = false;
    for user in everybody {
        let before = *user;
        let by_another = |all: usize, own: bool| all > usize::from(own);
        // Nobody fetches a certificate who cannot log in.
        let reissued = before.reissues_for_oneself()
            || (before.logs_in()
                && by_another(reissuers, before.reissues_for_others(certificate_required)));
        user.certificate |= reissued;
        let own = before.unlocks_others(certificate_required);
        if !before.disabled && by_another(unlockers, own) {
            user.login_locked = false;
            user.transaction_locked = false;
            user.otp_locked = false;
        }
        changed |= *user != before;
    }
    changed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONDITIONS: u32 = 8;

    fn means(bits: u32) -> RecoveryMeans {
        let bit = |place: u32| bits >> place & 1 == 1;
        RecoveryMeans {
            disabled: bit(0),
            reissue_right: bit(1),
            service_administrator: bit(2),
            card: bit(3),
            certificate: bit(4),
            login_locked: bit(5),
            transaction_locked: bit(6),
            otp_locked: bit(7),
        }
    }

    const NEEDS: [Need; 5] = [
        Need::RetrievalPassword,
        Need::Unlock(Purpose::Login),
        Need::Unlock(Purpose::Transaction),
        Need::Unlock(Purpose::Otp),
        Need::Unlock(Purpose::Retrieval),
    ];

    fn wants_password(need: Need) -> bool {
        matches!(
            need,
            Need::RetrievalPassword | Need::Unlock(Purpose::Retrieval)
        )
    }

    /// The same question, answered act by act: whoever can do something for somebody does it, until
    /// nobody can do anything new.
    fn act_by_act(people: &[RecoveryMeans], need: Need, certificate_required: bool) -> bool {
        let mut people = people.to_vec();
        loop {
            let before = people.clone();
            for actor in 0..people.len() {
                let by = people[actor];
                let enters = !by.disabled
                    && !by.login_locked
                    && (!certificate_required || by.certificate)
                    && !by.transaction_locked;
                let holder = by.reissue_right || by.service_administrator;
                if !by.disabled && !by.login_locked && holder && by.card && !by.otp_locked {
                    people[actor].certificate = true;
                }
                for (number, target) in people.iter_mut().enumerate() {
                    if number == actor || target.disabled || !enters {
                        continue;
                    }
                    if by.service_administrator {
                        target.login_locked = false;
                        target.transaction_locked = false;
                        target.otp_locked = false;
                    }
                    if holder && !target.login_locked {
                        target.certificate = true;
                    }
                }
            }
            if people == before {
                break;
            }
        }
        let (_me, others) = people.split_last().unwrap();
        others.iter().any(|other| {
            let entitled =
                other.service_administrator || (wants_password(need) && other.reissue_right);
            entitled
                && !other.disabled
                && !other.login_locked
                && !other.transaction_locked
                && (other.certificate || !certificate_required)
        })
    }

    fn check(me: RecoveryMeans, others: &[RecoveryMeans], need: Need, certificate_required: bool) {
        let options = recovery_options(&me, others, need, certificate_required);
        let mut people = others.to_vec();
        people.push(me);
        let another = act_by_act(&people, need, certificate_required);
        let oneself = wants_password(need)
            && (me.reissue_right || me.service_administrator)
            && me.card
            && !(me.disabled || me.login_locked || me.otp_locked);
        let expected = RecoveryOptions {
            oneself,
            another,
            paper: !(oneself || another),
        };
        assert_eq!(options, expected, "{me:?} among {others:?}, {need:?}");
    }

    #[test]
    fn every_combination_of_conditions_of_two_people_has_its_ways() {
        for need in NEEDS {
            for certificate_required in [false, true] {
                for mine in 0..1 << CONDITIONS {
                    check(means(mine), &[], need, certificate_required);
                    for theirs in 0..1 << CONDITIONS {
                        let other = means(theirs);
                        check(means(mine), &[other], need, certificate_required);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn more_people_help_in_any_number_of_steps(
            mine in 0u32..1 << CONDITIONS,
            theirs in prop::collection::vec(0u32..1 << CONDITIONS, 0..6),
            need in prop::sample::select(NEEDS.to_vec()),
            certificate_required: bool,
        ) {
            let others: Vec<RecoveryMeans> = theirs.into_iter().map(means).collect();
            check(means(mine), &others, need, certificate_required);
        }

        #[test]
        fn one_more_person_closes_no_way(
            mine in 0u32..1 << CONDITIONS,
            theirs in prop::collection::vec(0u32..1 << CONDITIONS, 1..6),
        ) {
            let others: Vec<RecoveryMeans> = theirs.into_iter().map(means).collect();
            let options = |others: &[RecoveryMeans]| {
                recovery_options(&means(mine), others, Need::RetrievalPassword, true).another
            };
            prop_assert!(options(&others) || !options(&others[1..]));
        }
    }

    #[test]
    fn a_sole_administrator_without_card_and_certificate_is_left_with_paper() {
        let me = RecoveryMeans {
            service_administrator: true,
            ..RecoveryMeans::default()
        };
        let colleague = RecoveryMeans {
            card: true,
            certificate: true,
            ..RecoveryMeans::default()
        };
        let options = recovery_options(&me, &[colleague], Need::RetrievalPassword, true);
        assert_eq!(
            options,
            RecoveryOptions {
                oneself: false,
                another: false,
                paper: true
            }
        );
    }

    #[test]
    fn a_colleague_who_first_helps_oneself_can_help_then() {
        let colleague = RecoveryMeans {
            reissue_right: true,
            card: true,
            ..RecoveryMeans::default()
        };
        let me = RecoveryMeans::default();
        assert!(!colleague.helps(Need::RetrievalPassword, true));
        assert!(recovery_options(&me, &[colleague], Need::RetrievalPassword, true).another);
        assert!(!recovery_options(&me, &[colleague], Need::Unlock(Purpose::Otp), true).another);
    }
}
