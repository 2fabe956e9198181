//! The LDAP adapters on a real server, made ready for their suites.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use warifu_contracts::CaseResult;
use warifu_contracts::password_verifier::PasswordKit;
use warifu_contracts::user_directory::{DirectoryKit, SampleContract, SampleUser};
use warifu_core::domain::{ContractNumber, Edition, PlainPassword, Subject, User};
use warifu_core::ports::{PasswordVerifier, UserDirectory};
use warifu_decorators::{
    BreakerPolicy, Guard, GuardLimits, GuardedPasswordVerifier, GuardedUserDirectory, Meters,
};
use warifu_ldap::{
    LdapDirectory, LdapDirectorySettings, LdapPasswords, LdapPasswordsSettings, LdapServer, Right,
};
use warifu_system::SystemClock;
use warifu_test_support::ldap::{ACCOUNT, ACCOUNT_PASSWORD, SUFFIX, Slapd, line};
use warifu_test_support::proxy::Proxy;

/// One server for all directories of a process; it ends with the process.
static SERVER: LazyLock<Slapd> = LazyLock::new(Slapd::start);

fn server_at(port: u16) -> LdapServer {
    LdapServer {
        bind_dn: Some(ACCOUNT.to_owned()),
        bind_password: Some(SecretString::from(ACCOUNT_PASSWORD)),
        ..LdapServer::new(format!("ldap://127.0.0.1:{port}"))
    }
}

fn settings(base: &str) -> LdapDirectorySettings {
    LdapDirectorySettings {
        server: server_at(SERVER.port),
        base: base.to_owned(),
        user_filter: "(&(objectClass=inetOrgPerson)(o={contract})(uid={user}))".to_owned(),
        user_id: "uid".to_owned(),
        user_name: "cn".to_owned(),
        mail: "mail".to_owned(),
        certificate_not_after: Some("departmentNumber".to_owned()),
        identity: "employeeNumber".to_owned(),
        password_changed: "roomNumber".to_owned(),
        disabled: Right::Matching("(employeeType=disabled)".to_owned()),
        service_administrator: Right::Matching("(employeeType=administrator)".to_owned()),
        reissue_right: Right::InGroup {
            name: format!("cn=reissue,o={{contract}},{base}"),
            member: "member".to_owned(),
        },
        contract_base: None,
        contract_filter: "(&(objectClass=organization)(o={contract}))".to_owned(),
        contract_name: "description".to_owned(),
        edition: "businessCategory".to_owned(),
        default_edition: Edition::parse("standard").expect("an edition"),
        registered_address: "postalAddress".to_owned(),
    }
}

/// What stands around the adapters, as the configuration puts it there.
fn guard(section: &'static str) -> Guard {
    let usual = GuardLimits::default();
    let limits = GuardLimits {
        breaker: BreakerPolicy {
            open_for: Duration::from_millis(100),
            ..usual.breaker
        },
        ..usual
    };
    let clock = Arc::new(SystemClock);
    Guard::new(section, "ldap", limits, clock, &Meters::default())
}

/// A directory below an entry of its own.
struct LdapKit {
    base: String,
    directory: Arc<LdapDirectory>,
}

impl LdapKit {
    fn new(change: impl FnOnce(&mut LdapDirectorySettings)) -> Self {
        static KITS: AtomicUsize = AtomicUsize::new(0);
        let number = KITS.fetch_add(1, Ordering::Relaxed);
        let base = format!("ou=t{number},{SUFFIX}");
        SERVER.add(&unit(&base));
        let mut settings = settings(&base);
        change(&mut settings);
        let directory = LdapDirectory::new(&settings).expect("good settings");
        Self {
            base,
            directory: Arc::new(directory),
        }
    }
}

/// A directory in which the contract is an attribute of its users.
pub(crate) async fn flat() -> Arc<dyn DirectoryKit> {
    Arc::new(LdapKit::new(|_| {}))
}

/// A directory with a branch for each contract, and rights by groups alone.
pub(crate) async fn branched() -> Arc<dyn DirectoryKit> {
    Arc::new(LdapKit::new(|settings| {
        let all = settings.base.clone();
        settings.base = format!("o={{contract}},{all}");
        "(uid={user})".clone_into(&mut settings.user_filter);
        settings.service_administrator = Right::InGroup {
            name: format!("cn=administrators,o={{contract}},{all}"),
            member: "member".to_owned(),
        };
    }))
}

#[async_trait]
impl DirectoryKit for LdapKit {
    fn directory(&self) -> Arc<dyn UserDirectory> {
        let guard = guard("user_directory");
        Arc::new(GuardedUserDirectory::new(self.directory.clone(), guard))
    }

    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult {
        let mut ldif = unit(&self.base);
        for contract in contracts {
            write!(ldif, "\n{}", contract_entries(&self.base, contract))?;
        }
        SERVER.remove(&self.base);
        SERVER.add(&ldif);
        Ok(())
    }

    fn keeps_hashes(&self) -> bool {
        false
    }
}

fn unit(name: &str) -> String {
    format!("dn: {name}\nobjectClass: organizationalUnit\n")
}

fn user_name(base: &str, subject: &Subject) -> String {
    format!("uid={},o={},{base}", subject.user, subject.contract)
}

fn contract_entries(base: &str, sample: &SampleContract) -> String {
    let contract = &sample.contract;
    let number = &contract.number;
    let mut ldif = organization(base, number);
    ldif += &line("description", &contract.name);
    ldif += &line("businessCategory", contract.edition.as_str());
    ldif += &line("postalAddress", &contract.registered_address);
    for SampleUser { user, .. } in &sample.users {
        write!(ldif, "\n{}", person(base, user)).expect("a text grows");
    }
    let entitled = |user: &User| !user.permissions.is_empty();
    ldif += &group(base, number, "reissue", &sample.users, entitled);
    let administers = |user: &User| user.service_administrator;
    ldif += &group(base, number, "administrators", &sample.users, administers);
    ldif
}

fn group(
    base: &str,
    number: &ContractNumber,
    group: &str,
    users: &[SampleUser],
    is_member: impl Fn(&User) -> bool,
) -> String {
    let mut ldif = format!(
        "\ndn: cn={group},o={number},{base}\nobjectClass: groupOfNames\nmember: cn=nobody\n"
    );
    for SampleUser { user, .. } in users.iter().filter(|sample| is_member(&sample.user)) {
        // As people write names: the server compares them as names.
        let member = user_name(base, &user.subject).replace(",o=", ", O=");
        ldif += &line("member", member);
    }
    ldif
}

fn organization(base: &str, number: &ContractNumber) -> String {
    format!("dn: o={number},{base}\nobjectClass: organization\n")
}

fn person(base: &str, user: &User) -> String {
    let Subject { contract, user: id } = &user.subject;
    let mut ldif = format!(
        "dn: {}\nobjectClass: inetOrgPerson\nuid: {id}\no: {contract}\nsn: x\n",
        user_name(base, &user.subject)
    );
    ldif += &line("cn", &user.name);
    if let Some(mail) = &user.mail {
        ldif += &line("mail", mail);
    }
    if let Some(end) = user.certificate_not_after {
        ldif += &line("departmentNumber", end.to_string());
    }
    if let Some(identity) = &user.identity {
        ldif += &line("employeeNumber", identity.as_str());
    }
    for (holds, kind) in [
        (user.service_administrator, "administrator"),
        (user.disabled, "disabled"),
    ] {
        if holds {
            ldif += &line("employeeType", kind);
        }
    }
    ldif
}

/// A server of its own, behind a network that can fall silent.
struct BindKit {
    slapd: Mutex<Slapd>,
    proxy: Proxy,
    settings: LdapPasswordsSettings,
}

/// The passwords of a directory with nobody in it.
pub(crate) async fn passwords() -> Arc<dyn PasswordKit> {
    let slapd = Slapd::start();
    let proxy = Proxy::before(slapd.port).await;
    let settings = LdapPasswordsSettings {
        server: LdapServer {
            timeout: Duration::from_secs(2),
            ..server_at(proxy.port)
        },
        base: SUFFIX.to_owned(),
        user_filter: "(&(o={contract})(uid={user}))".to_owned(),
        decoy_dn: None,
    };
    Arc::new(BindKit {
        slapd: Mutex::new(slapd),
        proxy,
        settings,
    })
}

#[async_trait]
impl PasswordKit for BindKit {
    fn verifier(&self) -> Arc<dyn PasswordVerifier> {
        let verifier = LdapPasswords::new(&self.settings, "login_verifier");
        let verifier = Arc::new(verifier.expect("good settings"));
        Arc::new(GuardedPasswordVerifier::new(
            verifier,
            guard("login_verifier"),
        ))
    }

    async fn set(&self, subject: &Subject, password: &PlainPassword) -> CaseResult {
        let slapd = self.slapd.lock();
        let branch = format!("o={},{SUFFIX}", subject.contract);
        if !slapd.has(&branch) {
            slapd.add(&organization(SUFFIX, &subject.contract));
        }
        let name = user_name(SUFFIX, subject);
        if !slapd.has(&name) {
            let Subject { contract, user } = subject;
            slapd.add(&format!(
                "dn: {name}\nobjectClass: inetOrgPerson\nuid: {user}\no: {contract}\nsn: x\ncn: x\n"
            ));
        }
        slapd.set_password(&name, std::str::from_utf8(password.expose())?);
        Ok(())
    }

    async fn remove(&self, subject: &Subject) -> CaseResult {
        self.slapd.lock().remove(&user_name(SUFFIX, subject));
        Ok(())
    }

    async fn set_failing(&self, failing: bool) -> CaseResult {
        let mut slapd = self.slapd.lock();
        if failing {
            slapd.kill();
        } else {
            slapd.start_again();
        }
        Ok(())
    }

    async fn set_silent(&self, silent: bool) -> CaseResult {
        if silent {
            self.proxy.freeze();
        } else {
            self.proxy.thaw();
        }
        Ok(())
    }

    fn requests(&self) -> usize {
        self.proxy.requests()
    }
}
