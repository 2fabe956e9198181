use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! paper_states {
    ($($(#[$documentation:meta])* $name:ident = $text:literal,)*) => {
        /// How far a request has come.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum PaperState {
            $($(#[$documentation])* $name,)*
        }

        impl PaperState {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable name, as in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

paper_states! {
    /// 下書き: taken down, not yet put forward.
    Draft = "draft",
    /// 承認待ち: waits for another clerk's decision.
    Pending = "pending",
    /// 差戻し: given back to be corrected.
    Returned = "returned",
    /// 却下: rejected.
    Rejected = "rejected",
    /// 承認済み: approved; where a password is asked for, its notice is to be printed.
    Approved = "approved",
    /// 印刷中: the notice was made; nobody has said yet that it is on paper.
    Printing = "printing",
    /// 再印刷の承認待ち: the notice did not get onto paper, or came back; another has to agree to a new one.
    Reprint = "reprint",
    /// 発行済み: the notice is on paper, and to be posted.
    Issued = "issued",
    /// 発送済み: the notice is on its way.
    Posted = "posted",
    /// 未着: the notice came back; its password is void.
    Undeliverable = "undeliverable",
    /// 完了: everything is done.
    Completed = "completed",
    /// 期限切れ: nobody decided in time.
    Expired = "expired",
    /// 取消: given up.
    Cancelled = "cancelled",
}

impl PaperState {
    /// Whether somebody still has to decide.
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Draft | Self::Pending | Self::Returned)
    }

    /// Whether somebody at the bank still has something to do.
    pub const fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Posted | Self::Completed | Self::Rejected | Self::Expired | Self::Cancelled
        )
    }
}

impl fmt::Display for PaperState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for PaperState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let found = Self::ALL.iter().find(|state| state.name() == text);
        found.copied().ok_or(())
    }
}
