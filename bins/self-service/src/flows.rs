//! The procedures: what is asked when, and what is written where.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use warifu_core::Secret;
use warifu_core::customers::fits_pkcs12;
use warifu_core::domain::{RetrievalPassword, RetrievalPasswordLength};
use warifu_system::OsRandomness;
use warifu_terminal::{
    Asked, Destination, Doing, Failure, HandOver, Interrupts, Secrets, Terminal, exit,
    refuse_existing, visible, write_new,
};
use warifu_x509::{ClientFile, certificate_request, holds_key, pkcs12_file};
use zeroize::Zeroizing;

use crate::arguments::{
    CertificateFiles, Identity, ReissueArguments, RenewArguments, RetrieveArguments,
};
use crate::key::{PendingKey, to_pem};
use crate::remembered::Remembered;
use crate::service::{Certificate, Fault, Login, Service, Session};

const LOGIN_PASSWORD: Asked<'_> = Asked {
    label: "label-login-password",
    flag: "--login-password-file",
    visible: false,
};
const OTP: Asked<'_> = Asked {
    label: "label-otp",
    flag: "--otp-file",
    visible: true,
};
const RETRIEVAL_PASSWORD: Asked<'_> = Asked {
    label: "label-retrieval-password",
    flag: "--retrieval-password-file",
    visible: false,
};
const PASSPHRASE: Asked<'_> = Asked {
    label: "client-passphrase",
    flag: "--passphrase-file",
    visible: false,
};

/// What every procedure needs.
pub(crate) struct Setting<'a> {
    pub(crate) service: &'a dyn Service,
    pub(crate) terminal: &'a Terminal,
    pub(crate) interrupts: &'a Interrupts,
    pub(crate) remembered: &'a mut Remembered,
}

impl Setting<'_> {
    /// Contract and user: given, remembered, or asked for.
    fn identity(&mut self, identity: &Identity) -> Result<(String, String), Failure> {
        let known = identity
            .contract
            .clone()
            .or(self.remembered.contract.clone());
        let contract = self.known_or_asked(known, "label-contract-number", "--contract")?;
        let known = identity.user.clone().or(self.remembered.user.clone());
        let user = self.known_or_asked(known, "label-user-id", "--user")?;
        self.remembered.contract = Some(contract.clone());
        self.remembered.user = Some(user.clone());
        Ok((contract, user))
    }

    fn known_or_asked(
        &self,
        known: Option<String>,
        label: &str,
        flag: &str,
    ) -> Result<String, Failure> {
        match known {
            Some(known) => Ok(known),
            None => self
                .terminal
                .ask(&format!("{}: ", self.terminal.text(label, &[])), flag),
        }
    }

    async fn log_in(
        &mut self,
        identity: &Identity,
        secrets: &Secrets<'_>,
    ) -> Result<(Box<dyn Session + '_>, String), Failure> {
        let (contract, user) = self.identity(identity)?;
        let file = identity.login_password_file.as_deref();
        let login = Login {
            contract,
            user: user.clone(),
            password: secrets.get(file, LOGIN_PASSWORD)?,
        };
        let session = self.service.log_in(&login).await.map_err(only_failed)?;
        Ok((session, user))
    }
}

fn only_failed(fault: Fault) -> Failure {
    fault.failure
}

/// What failed after a reissue was asked for: it may have been carried out.
fn reissue_failed(fault: Fault, terminal: &Terminal) -> Failure {
    if fault.may_be_done {
        terminal.caution(&terminal.text("client-may-be-reissued", &[]));
    }
    fault.failure
}

/// Reissues one's own retrieval password.
pub(crate) async fn reissue(
    setting: &mut Setting<'_>,
    arguments: &ReissueArguments,
) -> Result<(), Failure> {
    let (terminal, interrupts) = (setting.terminal, setting.interrupts);
    let destination = Destination::choose(arguments.output.as_deref(), terminal)?;
    let secrets = Secrets::new(terminal);
    let otp = secrets.early(arguments.otp_file.as_deref(), OTP)?;
    let (session, _) = setting.log_in(&arguments.identity, &secrets).await?;
    let hand_over = verify_and_reissue(&*session, otp, &secrets, terminal, interrupts).await?;
    hand_over.deliver(&destination, arguments.json, terminal)?;
    session.log_out().await;
    terminal.done(&terminal.text("client-reissued", &[]));
    terminal.say(&format!(
        "{}: {}",
        terminal.text("issued-until", &[]),
        hand_over.expires_at
    ));
    terminal.caution(&terminal.text("M-CR-00", &[]));
    Ok(())
}

async fn verify_and_reissue(
    session: &dyn Session,
    otp: Option<Secret>,
    secrets: &Secrets<'_>,
    terminal: &Terminal,
    interrupts: &Interrupts,
) -> Result<HandOver, Failure> {
    let otp = match otp {
        Some(otp) => otp,
        None => secrets.prompt(OTP)?,
    };
    session.verify_otp(&otp).await.map_err(only_failed)?;
    interrupts.now(Doing::Something);
    session
        .reissue()
        .await
        .map_err(|fault| reissue_failed(fault, terminal))
}

/// Fetches a certificate with a retrieval password.
pub(crate) async fn retrieve(
    setting: &mut Setting<'_>,
    arguments: &RetrieveArguments,
) -> Result<(), Failure> {
    let (terminal, interrupts) = (setting.terminal, setting.interrupts);
    let secrets = Secrets::new(terminal);
    let place = Output::choose(&arguments.files, &secrets, terminal)?;
    let file = arguments.retrieval_password_file.as_deref();
    let password = secrets.early(file, RETRIEVAL_PASSWORD)?;
    let (session, user) = setting.log_in(&arguments.identity, &secrets).await?;
    let password = if let Some(password) = password {
        password
    } else {
        terminal.caution(&terminal.text("M-CR-00", &[]));
        secrets.prompt(RETRIEVAL_PASSWORD)?
    };
    interrupts.now(Doing::Something);
    place.fetch(&*session, &password, &user, &secrets).await?;
    session.log_out().await;
    Ok(())
}

/// Reissues and fetches in one go.
pub(crate) async fn renew(
    setting: &mut Setting<'_>,
    arguments: &RenewArguments,
) -> Result<(), Failure> {
    let (terminal, interrupts) = (setting.terminal, setting.interrupts);
    let secrets = Secrets::new(terminal);
    let place = Output::choose(&arguments.files, &secrets, terminal)?;
    let otp = secrets.early(arguments.otp_file.as_deref(), OTP)?;
    let (session, user) = setting.log_in(&arguments.identity, &secrets).await?;
    let hand_over = verify_and_reissue(&*session, otp, &secrets, terminal, interrupts).await?;
    let password = Secret::from(hand_over.retrieval_password.expose_secret());
    let fetched = place.fetch(&*session, &password, &user, &secrets).await;
    if fetched.is_err() {
        terminal.caution(&terminal.text("client-renew-again", &[]));
    }
    fetched?;
    session.log_out().await;
    Ok(())
}

/// Where key and certificate go, and under which passphrase.
struct Output<'a> {
    target: Target,
    json: bool,
    terminal: &'a Terminal,
}

enum Target {
    Pkcs12 {
        file: PathBuf,
        /// Nothing where it will be asked for.
        passphrase: Option<Secret>,
    },
    Pem {
        key: PathBuf,
        certificate: PathBuf,
    },
}

impl<'a> Output<'a> {
    /// Looks whether the files can be written, before anything is asked of the service.
    fn choose(
        files: &CertificateFiles,
        secrets: &Secrets<'_>,
        terminal: &'a Terminal,
    ) -> Result<Self, Failure> {
        let target = match (&files.out, &files.key_out, &files.cert_out) {
            (Some(file), _, _) => {
                refuse_existing(file, terminal)?;
                let passphrase = secrets.early(files.passphrase_file.as_deref(), PASSPHRASE)?;
                if let Some(passphrase) = &passphrase {
                    check_passphrase(passphrase, terminal)?;
                }
                Target::Pkcs12 {
                    file: file.clone(),
                    passphrase,
                }
            }
            (None, Some(key), Some(certificate)) => {
                refuse_existing(key, terminal)?;
                refuse_existing(certificate, terminal)?;
                if key == certificate {
                    let text = terminal.text("client-same-file", &[]);
                    return Err(Failure::usage(text));
                }
                Target::Pem {
                    key: key.clone(),
                    certificate: certificate.clone(),
                }
            }
            _ => return Err(Failure::usage(terminal.text("client-no-file", &[]))),
        };
        Ok(Self {
            target,
            json: files.json,
            terminal,
        })
    }

    fn main_file(&self) -> &Path {
        match &self.target {
            Target::Pkcs12 { file, .. } => file,
            Target::Pem { key, .. } => key,
        }
    }

    /// Makes the key, fetches its certificate and writes both.
    async fn fetch(
        self,
        session: &dyn Session,
        password: &Secret,
        user: &str,
        secrets: &Secrets<'_>,
    ) -> Result<(), Failure> {
        let terminal = self.terminal;
        let passphrase = match &self.target {
            Target::Pkcs12 { passphrase, .. } => {
                Some(passphrase_of(passphrase.as_ref(), secrets, terminal)?)
            }
            Target::Pem { .. } => None,
        };
        let pending = PendingKey::take(self.main_file(), terminal)?;
        let request = certificate_request(pending.key())
            .map_err(|error| Failure::unexpected(error.to_string()))?;
        let certificate = match session.redeem(password, request).await {
            Ok(certificate) => certificate,
            Err(fault) if fault.may_be_done => {
                let file = pending.path().display().to_string();
                terminal.caution(&terminal.text("client-key-kept", &[("file", &file)]));
                return Err(fault.failure);
            }
            Err(fault) => {
                pending.refused(terminal);
                return Err(fault.failure);
            }
        };
        let fits = holds_key(&certificate.own, pending.key());
        if !fits.is_ok_and(|fits| fits) {
            let text = terminal.text("client-other-version", &[]);
            return Err(Failure::unexpected(text));
        }
        self.write(&pending, &certificate, passphrase.as_ref(), user)?;
        pending.fulfilled(terminal);
        self.tell(&certificate, passphrase.as_ref())
    }

    fn write(
        &self,
        pending: &PendingKey,
        certificate: &Certificate,
        passphrase: Option<&Passphrase>,
        user: &str,
    ) -> Result<(), Failure> {
        match &self.target {
            Target::Pkcs12 { file, .. } => {
                let passphrase = passphrase.map(|passphrase| &passphrase.text);
                let contents = ClientFile {
                    key: pending.key(),
                    certificate: &certificate.own,
                    chain: &certificate.chain,
                    serial: certificate.serial,
                    friendly_name: user,
                };
                let none = SecretString::default();
                let passphrase = passphrase.unwrap_or(&none);
                let content = pkcs12_file(&contents, passphrase)
                    .map_err(|error| Failure::unexpected(error.to_string()))?;
                write_new(file, &content, self.terminal)
            }
            Target::Pem {
                key,
                certificate: file,
            } => {
                let whole = format!("{}{}", certificate.own, certificate.chain);
                write_new(file, whole.as_bytes(), self.terminal)?;
                write_new(key, to_pem(pending.key()).as_bytes(), self.terminal)
            }
        }
    }

    fn tell(
        &self,
        certificate: &Certificate,
        passphrase: Option<&Passphrase>,
    ) -> Result<(), Failure> {
        let terminal = self.terminal;
        if self.json {
            let document = serde_json::json!({
                "serial": certificate.serial.to_string(),
                "not_after": certificate.not_after,
            });
            terminal.print(&format!("{document}\n"))?;
        }
        let until = visible(&certificate.not_after);
        terminal.done(&terminal.text("M-CR-OK", &[("date", &until)]));
        if let Some(made) = passphrase.filter(|passphrase| passphrase.made_here) {
            terminal.say(&terminal.text("client-passphrase-made", &[]));
            // Shown to the person who asked for it, once, and never to a file.
            let line = Zeroizing::new(format!("{}\n", made.text.expose_secret()));
            terminal.show(&line);
        }
        Ok(())
    }
}

struct Passphrase {
    text: SecretString,
    made_here: bool,
}

/// The passphrase given, or asked for; an empty answer has one made.
fn passphrase_of(
    given: Option<&Secret>,
    secrets: &Secrets<'_>,
    terminal: &Terminal,
) -> Result<Passphrase, Failure> {
    let entered = match given {
        Some(given) => given.clone(),
        None => secrets.prompt(PASSPHRASE)?,
    };
    if entered.expose().is_empty() {
        return Ok(Passphrase {
            text: new_passphrase().expose_display(),
            made_here: true,
        });
    }
    check_passphrase(&entered, terminal)?;
    Ok(Passphrase {
        text: SecretString::from(entered.expose()),
        made_here: false,
    })
}

/// A passphrase for a file, for those who bring none: of the same kind as a retrieval password.
fn new_passphrase() -> RetrievalPassword {
    RetrievalPassword::generate(RetrievalPasswordLength::default(), &OsRandomness)
}

fn check_passphrase(passphrase: &Secret, terminal: &Terminal) -> Result<(), Failure> {
    if fits_pkcs12(passphrase.expose()) {
        Ok(())
    } else {
        Err(Failure::new(exit::USAGE, terminal.text("M-F-18", &[])))
    }
}
