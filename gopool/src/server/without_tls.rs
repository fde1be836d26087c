//! What is there without the feature `tls`: no way to speak it.

use std::path::PathBuf;

/// Where the certificate and its key lie.
#[derive(Debug)]
pub(crate) struct PairFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// There is none.
#[derive(Debug, Clone)]
pub(crate) enum Tls {}

impl Tls {
    /// # Errors
    /// Always.
    pub(crate) fn open(files: PairFiles) -> Result<Self, String> {
        let PairFiles { certificate, key } = files;
        Err(format!(
            "`tls-cert` `{}` and `tls-key` `{}` need gopool's feature `tls`: name it in the application's `Cargo.toml`",
            certificate.display(),
            key.display()
        ))
    }

    pub(crate) fn warning(&self) -> Option<String> {
        match *self {}
    }
}
