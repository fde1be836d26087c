//! A certificate and its key, read from files and checked.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use humantime::format_rfc3339_seconds;
use rustls::{
    Error, InconsistentKeys,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use x509_cert::{der::Decode as _, time::Time};

/// Where the certificate and its key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairFiles {
    /// PEM, that of the server first, then those that vouch for it.
    pub(crate) certificate: PathBuf,
    /// PEM, without a password.
    pub(crate) key: PathBuf,
}

/// The longest file that is read, in bytes: a chain has a few kilobytes.
const LONGEST: u64 = 1 << 20;
/// A certificate that expires so soon is warned of: whoever renews it should have done so by then.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// What a handshake shows and signs with.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) key: CertifiedKey,
    pub(super) validity: Option<Validity>,
}

/// When a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    from: SystemTime,
    until: SystemTime,
}

impl Pair {
    /// # Errors
    /// A sentence that names the file and what it should be.
    pub(super) fn read(files: &PairFiles) -> Result<Self, String> {
        let chain = chain(&files.certificate)?;
        let key = key(&files.key)?;
        let validity = chain.first().and_then(Validity::of);
        let (certificate, of_key) = (files.certificate.display(), files.key.display());
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => format!(
                "the key in `{of_key}` (`tls-key`) is not that of the first certificate in `{certificate}` (`tls-cert`)"
            ),
            Error::InvalidCertificate(reason) => {
                format!("the first certificate in `{certificate}` (`tls-cert`) is none: {reason:?}")
            }
            error => format!("the key in `{of_key}` (`tls-key`) cannot be used: {error}"),
        })?;
        Ok(Self { key, validity })
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(path, "tls-cert")?;
    let wrong = |what: String| format!("`{}` (`tls-cert`) {what}", path.display());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| wrong(format!("is no PEM: {error}")))?;
    match chain.is_empty() {
        true => Err(wrong(
            "holds no certificate in PEM: it takes the server's own, then those that vouch for it".to_owned(),
        )),
        false => Ok(chain),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let text = read(path, "tls-key")?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        format!(
            "`{}` (`tls-key`) holds no private key in PEM without a password: {error}",
            path.display()
        )
    })
}

fn read(path: &Path, option: &str) -> Result<Vec<u8>, String> {
    let unread = |cause: std::io::Error| format!("`{}` (`{option}`) cannot be read: {cause}", path.display());
    let mut text = Vec::new();
    let file = File::open(path).map_err(unread)?;
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(unread)?;
    match text.len() as u64 > LONGEST {
        true => Err(format!(
            "`{}` (`{option}`) is longer than {LONGEST} bytes",
            path.display()
        )),
        false => Ok(text),
    }
}

impl Validity {
    /// `None` where it cannot be read, which is for clients to judge.
    fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
        let validity = certificate.tbs_certificate().validity();
        let moment = |time: Time| SystemTime::UNIX_EPOCH.checked_add(time.to_unix_duration());
        Some(Self {
            from: moment(validity.not_before)?,
            until: moment(validity.not_after)?,
        })
    }

    /// What is wrong with it at this moment, or will be soon.
    pub(super) fn warning(self, now: SystemTime) -> Option<String> {
        if now < self.from {
            return Some(format!(
                "is not valid before {}",
                format_rfc3339_seconds(self.from)
            ));
        }
        match self.until.duration_since(now) {
            Ok(left) if left > SOON => None,
            Ok(_) => Some(format!("expires at {}", format_rfc3339_seconds(self.until))),
            Err(_) => Some(format!("has expired at {}", format_rfc3339_seconds(self.until))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_warned_of_before_and_after_it_is_valid_and_shortly_before_it_is_not() {
        let day = Duration::from_secs(24 * 3600);
        let start = SystemTime::UNIX_EPOCH;
        let validity = Validity {
            from: start + day,
            until: start + day * 31,
        };
        let warning = |days: u32| validity.warning(start + day * days).unwrap_or_default();
        assert_eq!(warning(0), "is not valid before 1970-01-02T00:00:00Z");
        assert_eq!((warning(1), warning(16)), (String::new(), String::new()));
        assert_eq!(warning(17), "expires at 1970-02-01T00:00:00Z");
        assert_eq!(warning(32), "has expired at 1970-02-01T00:00:00Z");
    }
}
