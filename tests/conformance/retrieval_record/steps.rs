//! What can happen to a password.

use std::time::Duration;

use proptest::prelude::*;
use warifu_contracts::samples::{LEASE, VALID_FOR};
use warifu_core::domain::retrieval_record::ISSUE_LEASE;

use super::HOLD;

/// A thing that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Reissue {
        held: bool,
    },
    RepeatReissue,
    Reserve {
        token: usize,
    },
    SettleWrong {
        token: usize,
    },
    SettleUndecided {
        token: usize,
    },
    Withdraw {
        token: usize,
    },
    SettleRight {
        token: usize,
        records_back: usize,
        key: usize,
    },
    Store {
        records_back: usize,
        key: usize,
    },
    Cancel {
        records_back: usize,
    },
    Wait(Duration),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let token = || 0..8usize;
    let records_back = || prop_oneof![8 => Just(0usize), 1 => 1..3usize];
    let key = || 0..4usize;
    let right =
        (token(), records_back(), key()).prop_map(|(token, records_back, key)| Step::SettleRight {
            token,
            records_back,
            key,
        });
    let wait = prop_oneof![
        Just(Duration::from_secs(1)),
        Just(LEASE),
        Just(ISSUE_LEASE),
        Just(HOLD),
        Just(VALID_FOR),
    ];
    prop_oneof![
        1 => any::<bool>().prop_map(|held| Step::Reissue { held }),
        1 => Just(Step::RepeatReissue),
        8 => token().prop_map(|token| Step::Reserve { token }),
        2 => token().prop_map(|token| Step::SettleWrong { token }),
        1 => token().prop_map(|token| Step::SettleUndecided { token }),
        1 => token().prop_map(|token| Step::Withdraw { token }),
        8 => right,
        5 => (records_back(), key()).prop_map(|(records_back, key)| Step::Store { records_back, key }),
        1 => records_back().prop_map(|records_back| Step::Cancel { records_back }),
        2 => wait.prop_map(Step::Wait),
    ]
}
