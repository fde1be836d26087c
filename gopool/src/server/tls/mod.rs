//! TLS on the connections of a listener, by rustls: its defaults of versions and suites, and no other protocol than HTTP/1.1.
//!
//! ```text
//! accept.rs         from a connection to one on which TLS is spoken, or to one that did not want to
//! certificates.rs   the pair in force; a new one on the disk takes its place at a handshake
//! pair.rs           reads and checks a certificate and its key
//! serve.rs          what an event loop does with the connections of such a listener
//! stream.rs         the connection, as the loop of requests knows it
//! ```

mod accept;
mod certificates;
mod pair;
mod serve;
mod stream;

use std::sync::Arc;

use rustls::{ServerConfig, crypto::ring};

use self::certificates::Certificates;
pub(crate) use self::pair::PairFiles;

/// What all TLS listeners of a master share.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

impl Tls {
    /// Reads the pair and checks it. It blocks.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(crate) fn open(files: PairFiles) -> Result<Self, String> {
        let certificates = Arc::new(Certificates::open(files)?);
        let failed = |error: rustls::Error| format!("TLS cannot be spoken: {error}");
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_cert_resolver(certificates.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // What a client needs to come back quickly is kept by the client.
        config.ticketer = ring::Ticketer::new().map_err(failed)?;
        Ok(Self {
            config: Arc::new(config),
            certificates,
        })
    }

    /// What is to be said of the certificate in force: it has expired, or will soon.
    pub(crate) fn warning(&self) -> Option<String> {
        self.certificates.warning()
    }
}
