use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rcgen::KeyPair;
use tokio::task::spawn_blocking;
use warifu_core::domain::{IssuedCertificate, SerialNumber, Timestamp};
use warifu_core::ports::{CertificateAuthority, CertificateRequest, Clock, Unavailable};
use zeroize::Zeroizing;

use crate::authority::{self, Authority, Unfit};
use crate::directory::{Directory, Locked};
use crate::error::LocalCaError;
use crate::settings::LocalCaSettings;

/// The section of the configuration.
const PORT: &str = "certificate_authority";

/// The authority.
#[derive(Clone)]
pub struct LocalCertificateAuthority {
    inner: Arc<Inner>,
}

struct Inner {
    authority: Authority,
    settings: LocalCaSettings,
    clock: Arc<dyn Clock>,
    /// None for one that lives in memory only.
    directory: Option<Directory>,
}

impl LocalCertificateAuthority {
    /// Opens the authority of a directory, making one where there is none.
    pub fn open(
        directory: &Path,
        clock: Arc<dyn Clock>,
        settings: LocalCaSettings,
    ) -> Result<Self, LocalCaError> {
        let directory = Directory::open(directory)?;
        let locked = directory.lock()?;
        let authority = load_or_make(&directory, &locked, &settings, clock.now())?;
        // A process may have been stopped between the two lists, and a list ages.
        let revoked = read_revoked(&directory, &locked)?;
        let list = authority.sign_revocation_list(&revoked, &settings, clock.now())?;
        locked.write(&directory.revocation_list(), 0o644, &list)?;
        drop(locked);
        let directory = Some(directory);
        Ok(Self {
            inner: Arc::new(Inner {
                authority,
                settings,
                clock,
                directory,
            }),
        })
    }

    /// Reads the authority of a directory as it is; nothing where it is not whole yet. Makes and
    /// changes nothing.
    pub fn look(
        directory: &Path,
        clock: Arc<dyn Clock>,
        settings: LocalCaSettings,
    ) -> Result<Option<Self>, LocalCaError> {
        let Some(directory) = Directory::find(directory)? else {
            return Ok(None);
        };
        let locked = directory.lock_to_look()?;
        if locked.read_certificate()?.is_none() {
            return Ok(None);
        }
        let authority = load_or_make(&directory, &locked, &settings, clock.now())?;
        read_revoked(&directory, &locked)?;
        drop(locked);
        let directory = Some(directory);
        Ok(Some(Self {
            inner: Arc::new(Inner {
                authority,
                settings,
                clock,
                directory,
            }),
        }))
    }

    /// Makes an authority that is gone when the process ends, for demonstrations and tests. What
    /// it revokes is written down nowhere.
    pub fn ephemeral(
        clock: Arc<dyn Clock>,
        settings: LocalCaSettings,
    ) -> Result<Self, LocalCaError> {
        let key = authority::generate_key()?;
        let certificate = authority::certify_itself(&key, &settings, clock.now())?;
        let authority = Authority::new(key, &certificate)
            .map_err(|_| LocalCaError::Signing(rcgen::Error::CouldNotParseCertificate))?;
        Ok(Self {
            inner: Arc::new(Inner {
                authority,
                settings,
                clock,
                directory: None,
            }),
        })
    }
}

fn load_or_make(
    directory: &Directory,
    locked: &Locked<'_>,
    settings: &LocalCaSettings,
    now: Timestamp,
) -> Result<Authority, LocalCaError> {
    let certificate = locked.read_certificate()?;
    let key = match locked.read_key()? {
        Some(pem) => KeyPair::from_pem(&pem).map_err(|_| LocalCaError::BadKey(directory.key()))?,
        None if certificate.is_some() => return Err(LocalCaError::KeyMissing(directory.key())),
        None => {
            let key = authority::generate_key()?;
            let pem = Zeroizing::new(key.serialize_pem());
            locked.write(&directory.key(), 0o600, &pem)?;
            key
        }
    };
    let certificate = if let Some(certificate) = certificate {
        certificate
    } else {
        let certificate = authority::certify_itself(&key, settings, now)?;
        locked.write(&directory.certificate(), 0o644, &certificate)?;
        certificate
    };
    Authority::new(key, &certificate).map_err(|unfit| match unfit {
        Unfit::Certificate => LocalCaError::BadCertificate(directory.certificate()),
        Unfit::Mismatch => LocalCaError::Mismatch(directory.certificate()),
    })
}

/// One line a serial: its number, a space, and since when.
fn read_revoked(
    directory: &Directory,
    locked: &Locked<'_>,
) -> Result<Vec<(SerialNumber, Timestamp)>, LocalCaError> {
    let text = locked.read_revoked()?.unwrap_or_default();
    let parse = |line: &str| {
        let (serial, at) = line.split_once(' ')?;
        Some((serial.parse().ok()?, Timestamp::parse_rfc3339(at)?))
    };
    text.lines()
        .map(|line| {
            parse(line).ok_or_else(|| {
                let message = format!("the line {line:?} is not a serial number and a time");
                LocalCaError::io("understand", &directory.revoked())(std::io::Error::other(message))
            })
        })
        .collect()
}

impl Inner {
    fn revoke(&self, serial: SerialNumber) -> Result<(), LocalCaError> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let now = self.clock.now();
        let locked = directory.lock()?;
        let mut revoked = read_revoked(directory, &locked)?;
        if revoked.iter().all(|(other, _)| *other != serial) {
            revoked.push((serial, now));
            let lines: Vec<_> = revoked
                .iter()
                .map(|(serial, at)| format!("{serial} {at}\n"))
                .collect();
            locked.write(&directory.revoked(), 0o644, &lines.concat())?;
        }
        let list = self
            .authority
            .sign_revocation_list(&revoked, &self.settings, now)?;
        locked.write(&directory.revocation_list(), 0o644, &list)
    }

    fn check(&self) -> Result<(), Unavailable> {
        if !self.authority.is_valid(self.clock.now()) {
            let end = self.authority.not_after;
            let reason = format!("the authority's own certificate is valid only until {end}");
            return Err(Unavailable::new(PORT, reason));
        }
        if let Some(directory) = &self.directory {
            directory
                .lock_to_look()
                .map_err(|error| Unavailable::new(PORT, error.in_full()))?;
        }
        Ok(())
    }
}

/// Runs what reads or writes files off the threads that serve requests.
async fn off_thread<T: Send + 'static>(
    inner: &Arc<Inner>,
    work: impl FnOnce(&Inner) -> Result<T, Unavailable> + Send + 'static,
) -> Result<T, Unavailable> {
    let inner = Arc::clone(inner);
    spawn_blocking(move || work(&inner))
        .await
        .unwrap_or_else(|error| Err(Unavailable::new(PORT, error.to_string())))
}

#[async_trait]
impl CertificateAuthority for LocalCertificateAuthority {
    async fn issue(&self, request: &CertificateRequest) -> Result<IssuedCertificate, Unavailable> {
        let Inner {
            authority,
            settings,
            clock,
            ..
        } = &*self.inner;
        let now = clock.now();
        if !authority.is_valid(now) {
            let reason = "the authority's own certificate is not valid now: renew it";
            return Err(Unavailable::new(PORT, reason));
        }
        authority
            .issue(request, settings, now)
            .map_err(|error| Unavailable::new(PORT, format!("no certificate was made: {error}")))
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        off_thread(&self.inner, move |inner| {
            inner
                .revoke(serial)
                .map_err(|error| Unavailable::new(PORT, error.in_full()))
        })
        .await
    }

    async fn trust_anchors(&self) -> Result<String, Unavailable> {
        Ok(self.inner.authority.chain().to_owned())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        off_thread(&self.inner, Inner::check).await
    }
}
