use std::collections::BTreeSet;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::attempts::Purpose;
use crate::domain::{
    Contract, ContractNumber, PasswordHash, PasswordVersion, Subject, User, UserId,
};

/// A user together with the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The tenant.
    pub contract: Contract,
    /// The user within it.
    pub user: User,
    /// Which login password the user has, where the directory can tell one from the next: sessions
    /// end when it is another.
    pub login_password: Option<PasswordVersion>,
}

/// Who exists, in which contract, with which rights.
///
/// # Promises
/// - Nothing of one contract is ever returned for another.
/// - Every call answers with what is true now: a right taken away is gone at the next call.
/// - A user's identity, where there is one, stays with the person: who is given the user ID later
///   has another, or none.
/// - The version of a login password, where there is one, changes when the password does, and not
///   when something else of the user does.
/// - `users` lists each user once, ordered by user ID, and a `limit` of n returns at most n.
/// - `users_of` gives those of the asked for who are there, in order of their IDs.
/// - `count` is how many users `users` would list; `users_at` gives those at some places of that
///   list, and `walk` all of them.
/// - A walk gives each user once, in order, and takes time in proportion to their number, in memory
///   for one step of it (and the user IDs, where the back end cannot sort). Users who come or go
///   meanwhile are in it or not.
/// - What is not there is `None`, never an error; a directory that cannot answer is
///   [`Unavailable`], never "nobody".
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// Finds a user.
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable>;

    /// Finds a contract.
    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable>;

    /// Up to `limit` users of a contract whose IDs come after `after`. Where the back end keeps
    /// users sorted, this costs what `limit` users cost, however many there are.
    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable>;

    /// The users of a contract who have one of `ids`. Where the back end can, all are asked for at once.
    async fn users_of(
        &self,
        contract: &ContractNumber,
        ids: &BTreeSet<UserId>,
    ) -> Result<Vec<User>, Unavailable> {
        let mut users = Vec::with_capacity(ids.len());
        for id in ids {
            let subject = Subject::new(contract.clone(), id.clone());
            users.extend(self.find(&subject).await?.map(|entry| entry.user));
        }
        Ok(users)
    }

    /// How many users a contract has.
    async fn count(&self, contract: &ContractNumber) -> Result<usize, Unavailable> {
        let mut walk = self.walk(contract, None);
        let mut count = 0;
        loop {
            match walk.next(STEP).await?.len() {
                0 => return Ok(count),
                more => count += more,
            }
        }
    }

    /// Up to `limit` users of a contract, without the first `skip` of the list. Where the back end
    /// keeps users sorted, this costs what `limit` users cost, whatever `skip` is.
    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let mut walk = self.walk(contract, None);
        let mut skip = skip;
        while skip > 0 {
            match walk.next(skip.min(STEP)).await?.len() {
                0 => return Ok(Vec::new()),
                skipped => skip = skip.saturating_sub(skipped),
            }
        }
        let mut found = Vec::new();
        while found.len() < limit {
            let users = walk.next((limit - found.len()).min(STEP)).await?;
            if users.is_empty() {
                break;
            }
            found.extend(users);
        }
        Ok(found)
    }

    /// A walk over the users of a contract whose IDs come after `after`. Nothing is asked before
    /// its first step.
    fn walk<'a>(
        &'a self,
        contract: &'a ContractNumber,
        after: Option<&UserId>,
    ) -> Box<dyn UserWalk + 'a> {
        Box::new(PageWalk {
            directory: self,
            contract,
            after: after.cloned(),
            ended: false,
        })
    }

    /// The imported hash of the user's login or transaction password. `None` where there is none,
    /// and always where the directory keeps no hashes.
    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}

/// How many users a default method asks for at a time.
const STEP: usize = 1_000;

/// A walk over the users of one contract, in order of their IDs.
#[async_trait]
pub trait UserWalk: Send {
    /// The next users, at most `limit` (1 or more) of them. None at the end, and only there.
    async fn next(&mut self, limit: usize) -> Result<Vec<User>, Unavailable>;
}

/// A walk that asks for one part of the list after the other: linear where a part costs no more
/// than the users in it.
struct PageWalk<'a, D: ?Sized> {
    directory: &'a D,
    contract: &'a ContractNumber,
    after: Option<UserId>,
    ended: bool,
}

#[async_trait]
impl<D: UserDirectory + ?Sized> UserWalk for PageWalk<'_, D> {
    async fn next(&mut self, limit: usize) -> Result<Vec<User>, Unavailable> {
        if self.ended {
            return Ok(Vec::new());
        }
        let (contract, after) = (self.contract, self.after.as_ref());
        let users = self.directory.users(contract, after, limit).await?;
        // Fewer than asked for are the last ones: no need to ask once more.
        self.ended = users.len() < limit;
        if let Some(last) = users.last() {
            self.after = Some(last.id().clone());
        }
        Ok(users)
    }
}
