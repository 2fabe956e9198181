//! A real `OpenLDAP` server on a free port, in a folder of its own, that ends with the test.
//!
//! Needs the programs `slapd`, `ldapadd`, `ldapmodify` and `ldapdelete` (Debian: packages `slapd`
//! and `ldap-utils`). Where they are missing, every test that needs them fails.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use data_encoding::BASE64;

use crate::certificates::Identity;
use crate::process::{Process, await_state, find, free_port};

/// Everything is below this entry.
pub const SUFFIX: &str = "dc=bank,dc=example";

/// The account that may search.
pub const ACCOUNT: &str = "cn=warifu,dc=bank,dc=example";

/// Its password.
pub const ACCOUNT_PASSWORD: &str = "canary-account-5Tg8";

const ADMIN: &str = "cn=admin,dc=bank,dc=example";
const ADMIN_PASSWORD: &str = "secret";

/// An `OpenLDAP` server.
pub struct Slapd {
    /// Where it speaks LDAP, on 127.0.0.1.
    pub port: u16,
    /// Where it speaks LDAP within TLS, if it has a certificate.
    pub tls_port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    process: Option<Process>,
}

impl Slapd {
    /// One that knows no certificate.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// One with a certificate, for `ldaps://` and `StartTLS`.
    pub fn start_with(identity: Option<&Identity>) -> Self {
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        let (port, tls_port) = (free_port(), free_port());
        let write = |name: &str, text: &str| {
            std::fs::write(folder.join(name), text).expect("a file is written");
        };
        std::fs::create_dir(folder.join("db")).expect("a folder is made");
        let mut settings = SETTINGS.replace("FOLDER", &folder.display().to_string());
        let mut addresses = format!("ldap://127.0.0.1:{port}/");
        if let Some(identity) = identity {
            write("server.pem", &identity.certificate);
            write("server.key", &identity.key);
            let place = folder.display();
            let tls = format!(
                "TLSCertificateFile {place}/server.pem\nTLSCertificateKeyFile {place}/server.key\n"
            );
            settings = settings.replace("TLS-LINES\n", &tls);
            write!(addresses, " ldaps://127.0.0.1:{tls_port}/").expect("a text grows");
        } else {
            settings = settings.replace("TLS-LINES\n", "");
        }
        write("slapd.conf", &settings);
        let file = folder.join("slapd.conf").display().to_string();
        let arguments = ["-f", &file, "-h", &addresses, "-d", "0"].map(str::to_owned);
        let mut server = Self {
            port,
            tls_port,
            folder,
            arguments: arguments.into(),
            process: None,
        };
        server.start_again();
        server.add(&format!(
            "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: bank\no: bank\n\n\
             dn: {ACCOUNT}\nobjectClass: organizationalRole\n\
             objectClass: simpleSecurityObject\ncn: warifu\nuserPassword: {ACCOUNT_PASSWORD}\n"
        ));
        server
    }

    /// Adds entries, in LDIF.
    pub fn add(&self, ldif: &str) {
        self.tool("ldapadd", &[], ldif);
    }

    /// Changes entries, in LDIF.
    pub fn change(&self, ldif: &str) {
        self.tool("ldapmodify", &[], ldif);
    }

    /// Gives an entry a password, in the place of an earlier one. The server hashes it.
    pub fn set_password(&self, name: &str, password: &str) {
        self.tool("ldappasswd", &["-s", password, name], "");
    }

    /// Removes an entry and all below it.
    pub fn remove(&self, name: &str) {
        self.tool("ldapdelete", &["-r", name], "");
    }

    /// Whether there is such an entry.
    pub fn has(&self, name: &str) -> bool {
        let arguments = ["-b", name, "-s", "base", "-LLL", "1.1"];
        self.run("ldapsearch", &arguments, "").0
    }

    fn tool(&self, program: &str, arguments: &[&str], input: &str) {
        let (succeeded, output) = self.run(program, arguments, input);
        assert!(succeeded, "{program} {arguments:?}: {output}\n{input}");
    }

    fn run(&self, program: &str, arguments: &[&str], input: &str) -> (bool, String) {
        let mut running = Command::new(find(program))
            .args(["-x", "-H", &format!("ldap://127.0.0.1:{}", self.port)])
            .args(["-D", ADMIN, "-w", ADMIN_PASSWORD])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stdin = running.stdin.take().expect("the input is piped");
        stdin
            .write_all(input.as_bytes())
            .expect("the input is taken");
        drop(stdin);
        let output = running.wait_with_output().expect("the program ends");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), words)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Starts it again after [`Self::kill`], with what it has on disk.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server does not run");
        self.process = Some(Process::start("slapd", &self.folder, &self.arguments));
        await_state(
            "slapd answers",
            || {
                let arguments = ["-b", "", "-s", "base", "-LLL", "1.1"];
                self.run("ldapsearch", &arguments, "").0
            },
            || std::fs::read_to_string(self.folder.join("output")).unwrap_or_default(),
        );
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        if self.process.is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A line of LDIF, whatever the value holds.
pub fn line(attribute: &str, value: impl AsRef<[u8]>) -> String {
    format!("{attribute}:: {}\n", BASE64.encode(value.as_ref()))
}

const SETTINGS: &str = "\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLS-LINES
database mdb
suffix \"dc=bank,dc=example\"
rootdn \"cn=admin,dc=bank,dc=example\"
rootpw secret
directory FOLDER/db
maxsize 67108864
dbnosync
index objectClass,uid,o,member eq
limits dn.exact=\"cn=warifu,dc=bank,dc=example\" size.soft=500 size.hard=500 size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=\"cn=warifu,dc=bank,dc=example\" read by * none
";
