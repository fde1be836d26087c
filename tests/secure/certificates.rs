//! Certificates and keys in files, as whoever issues them leaves them.

use std::{fs, path::PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

/// Somebody who vouches for servers.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate with its key, as PEM.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority");
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let authority = Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
            folder: TempDir::new().unwrap(),
        };
        fs::write(authority.path("ca.pem"), authority.issuer.pem()).unwrap();
        authority
    }

    /// Its own certificate.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// A certificate for this machine.
    pub(crate) fn issue(&self) -> Pair {
        self.issue_until(4000)
    }

    /// The same, which expires at the beginning of this year.
    pub(crate) fn issue_until(&self, year: i32) -> Pair {
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// A file of this name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts the certificate where the server looks for it, at once.
    pub(crate) fn put_certificate(&self, pair: &Pair) {
        self.put("cert.pem", &pair.certificate);
    }

    /// The same with its key.
    pub(crate) fn put_key(&self, pair: &Pair) {
        self.put("key.pem", &pair.key);
    }

    /// Both.
    pub(crate) fn put_pair(&self, pair: &Pair) {
        self.put_certificate(pair);
        self.put_key(pair);
    }

    fn put(&self, name: &str, text: &str) {
        let beside = self.path("beside.pem");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.path(name)).unwrap();
    }

    /// The options that name both files.
    pub(crate) fn options(&self) -> String {
        format!(
            "--tls-cert {} --tls-key {}",
            self.path("cert.pem").display(),
            self.path("key.pem").display()
        )
    }

    /// One with a pair in its files.
    pub(crate) fn with_pair() -> Self {
        let authority = Self::new();
        authority.put_pair(&authority.issue());
        authority
    }
}
