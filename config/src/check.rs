//! What a check does: builds every adapter as a start would, asks all back ends, and makes nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_adapter_kit::{Directory, PasswordCheckContext, Staff, StaffContext, Stores};
use warifu_core::domain::Subject;
use warifu_core::ports::{
    AuditLog, CertificateAuthority, OnceKey, OnceStore, OtpStepStore, OtpVerifier, PasswordCheck,
    Unavailable,
};
use warifu_core::{BackEnds, StoreRefusal};
use warifu_decorators::Meters;

use crate::chosen::Looked;
use crate::configuration::Configuration;
use crate::materials::Materials;
use crate::problem::ConfigError;
use crate::recognition::{self, Belongings};

/// What a check found.
pub struct Checked {
    /// One line a section: the adapter that it chooses, and whether that can answer or what a start
    /// would make.
    pub report: String,
    /// The back ends that cannot answer, one for each section.
    pub unavailable: Vec<Unavailable>,
    /// What the adapters measure of their back ends.
    pub meters: Meters,
}

/// Builds what is there of every adapter that `configuration` chooses, asks every back end, and tries
/// what work does where that leaves nothing behind. Makes no store, key, folder or log: says what a
/// start would make. Refused is what a start refuses.
pub async fn check(configuration: &Configuration) -> Result<Checked, ConfigError> {
    let found = look(configuration).await?;
    let unavailable = found.back_ends().unavailable().await;
    Ok(Checked {
        report: configuration.report(&unavailable, &found.not_yet),
        unavailable,
        meters: found.meters,
    })
}

/// What is there.
#[derive(Default)]
struct Found {
    stores: Option<Stores>,
    directory: Option<Directory>,
    staff: Option<Staff>,
    codes: Option<Arc<dyn OtpVerifier>>,
    staff_codes: Option<Arc<dyn OtpVerifier>>,
    passwords: Vec<(&'static str, PasswordCheck)>,
    authority: Option<Arc<dyn CertificateAuthority>>,
    log: Option<Arc<dyn AuditLog>>,
    /// By section, what a start would do.
    not_yet: Vec<(&'static str, String)>,
    meters: Meters,
}

impl Found {
    fn keep<P>(&mut self, section: &'static str, looked: Looked<P>) -> Option<P> {
        match looked {
            Looked::Built(built) => Some(built),
            Looked::NotYet(what) => {
                self.not_yet.push((section, what));
                None
            }
        }
    }

    /// Notes that a section cannot be looked at before another is there.
    fn wait(&mut self, section: &'static str, other: &str) {
        let what = format!("not looked at, as {other} is not there yet");
        self.not_yet.push((section, what));
    }

    fn back_ends(&self) -> BackEnds<'_> {
        let mut asked = BackEnds::default();
        if let Some(directory) = &self.directory {
            asked = asked.with("user_directory", directory.users.check());
        }
        if let Some(codes) = &self.codes {
            asked = asked.with("otp_verifier", codes.check());
        }
        for (section, check) in &self.passwords {
            asked = asked.with_passwords(section, check);
        }
        if let Some(stores) = &self.stores {
            asked = asked
                .with("password_store", stores.attempts.check())
                .with("password_store", stores.retrieval_passwords.check())
                .with("password_store", stores.sessions.check())
                .with("password_store", stores.paper_requests.check());
        }
        if let Some(staff) = &self.staff {
            asked = asked.with("staff_directory", staff.members.check());
        }
        if let Some(codes) = &self.staff_codes {
            asked = asked.with("staff_otp_verifier", codes.check());
        }
        if let Some(authority) = &self.authority {
            asked = asked.with("certificate_authority", authority.check());
        }
        if let Some(log) = &self.log {
            asked = asked.with("audit_log", log.check());
        }
        asked
    }
}

async fn look(configuration: &Configuration) -> Result<Found, ConfigError> {
    let (chosen, materials) = (
        &configuration.chosen,
        Materials::new(configuration)?.looking(),
    );
    let mut found = Found {
        meters: materials.meters.clone(),
        ..Found::default()
    };
    let stores = chosen
        .password_store
        .look(&materials.for_stores(None))
        .await?;
    found.stores = found.keep("password_store", stores);
    let remembering = Remembering::of(found.stores.as_ref());
    let guards = materials.guards(remembering.once.clone());
    let for_directory = materials.for_directory(guards.clone());
    let directory = chosen.user_directory.look(&for_directory).await?;
    found.directory = found.keep("user_directory", directory);
    let of_directory = found.directory.as_ref();
    let cards = of_directory.and_then(|directory| directory.tokens.clone());
    let staff_there = of_directory.and_then(|directory| directory.staff.clone());
    if of_directory.is_some() {
        let steps = remembering.otp_steps.clone();
        let context = materials.for_codes("otp_verifier", (cards, steps), &guards);
        let codes = chosen.otp_verifier.look(&context).await?;
        found.codes = found.keep("otp_verifier", codes);
    } else {
        found.wait("otp_verifier", "user_directory");
    }
    let for_staff = StaffContext {
        environment: materials.environment,
        hasher: materials.hasher.clone(),
        of_user_directory: staff_there,
    };
    let staff = chosen.staff_directory.look(&for_staff).await?;
    found.staff = found.keep("staff_directory", staff);
    if let Some(staff) = &found.staff {
        let memory = (staff.tokens.clone(), remembering.otp_steps.clone());
        let context = materials.for_codes("staff_otp_verifier", memory, &guards);
        let codes = chosen.staff_otp_verifier.look(&context).await?;
        found.staff_codes = found.keep("staff_otp_verifier", codes);
    } else {
        found.wait("staff_otp_verifier", "staff_directory");
    }
    for (section, verifier) in [
        ("login_verifier", &chosen.login_verifier),
        ("transaction_verifier", &chosen.transaction_verifier),
    ] {
        let context = PasswordCheckContext {
            section,
            environment: materials.environment,
            guards: guards.clone(),
        };
        let looked = verifier.look(&context).await?;
        if let Some(check) = found.keep(section, looked) {
            found.passwords.push((section, check));
        }
    }
    let for_authority = materials.for_authority();
    let authority = chosen.certificate_authority.look(&for_authority).await?;
    found.authority = found.keep("certificate_authority", authority);
    let log = chosen
        .audit_log
        .look(&materials.for_log(false, None))
        .await?;
    found.log = found.keep("audit_log", log);
    look_back(configuration, &materials, &found).await?;
    Ok(found)
}

/// Refuses what does not belong together: also a store that would only be made, because the one before
/// is gone.
async fn look_back(
    configuration: &Configuration,
    materials: &Materials,
    found: &Found,
) -> Result<(), ConfigError> {
    let Some(log) = &found.log else {
        return Ok(());
    };
    let Some(stores) = &found.stores else {
        return match materials.recognition(log.as_ref()).noted().await? {
            None => Ok(()),
            Some(noted) => {
                let another = StoreRefusal::Another { noted };
                Err(recognition::store_refused(configuration, another))
            }
        };
    };
    let belongings = Belongings {
        configuration,
        materials,
        stores,
        audit_log: log.as_ref(),
        authority: found.authority.as_deref(),
        directory: found.directory.as_ref().map(|found| found.users.as_ref()),
    };
    belongings.look().await
}

/// What adapters remember in the stores, or would if these were there.
struct Remembering {
    once: Arc<dyn OnceStore>,
    otp_steps: Arc<dyn OtpStepStore>,
}

impl Remembering {
    fn of(stores: Option<&Stores>) -> Self {
        match stores {
            Some(stores) => Self {
                once: stores.once.clone(),
                otp_steps: stores.otp_steps.clone(),
            },
            None => Self {
                once: Arc::new(NoStoreYet),
                otp_steps: Arc::new(NoStoreYet),
            },
        }
    }
}

/// In the place of stores that are not there yet. A check asks nothing of them.
struct NoStoreYet;

impl NoStoreYet {
    fn unavailable<T>() -> Result<T, Unavailable> {
        Err(Unavailable::without_asking(
            "password_store",
            "it does not exist yet",
        ))
    }
}

#[async_trait]
impl OnceStore for NoStoreYet {
    async fn claim(&self, _: OnceKey, _: Duration) -> Result<bool, Unavailable> {
        Self::unavailable()
    }

    async fn is_claimed(&self, _: OnceKey) -> Result<bool, Unavailable> {
        Self::unavailable()
    }
}

#[async_trait]
impl OtpStepStore for NoStoreYet {
    async fn advance(&self, _: &Subject, _: u64) -> Result<bool, Unavailable> {
        Self::unavailable()
    }
}
