//! The certificate in force, and the one on the disk that takes its place.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::time::timeout;

use super::pair::{Pair, PairFiles, Validity};
use crate::server::rt::task::spawn_blocking;

/// How often the files are looked at while there are handshakes. Nobody looks while there are none.
const LOOK: Duration = Duration::from_secs(1);
/// How long a handshake waits for a look; with a disk that does not answer, the certificate before is as good.
const PATIENCE: Duration = Duration::from_secs(1);

/// The certificate in force.
#[derive(Debug)]
pub(super) struct Certificates {
    files: PairFiles,
    current: RwLock<Arc<CertifiedKey>>,
    validity: Mutex<Option<Validity>>,
    /// Held by whoever looks at the files.
    seen: Arc<tokio::sync::Mutex<Seen>>,
}

/// What was seen of the files.
#[derive(Debug)]
struct Seen {
    at: Instant,
    stamps: Stamps,
}

/// What changes when a file does, of both; `None` of one that is not there.
type Stamps = [Option<Stamp>; 2];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Certificates {
    /// Reads the first pair. It blocks.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(super) fn open(files: PairFiles) -> Result<Self, String> {
        // Looked at before they are read: what changes in between is seen at the next look.
        let stamps = stamps(&files);
        let pair = Pair::read(&files)?;
        Ok(Self {
            current: RwLock::new(Arc::new(pair.key)),
            validity: Mutex::new(pair.validity),
            seen: Arc::new(tokio::sync::Mutex::new(Seen {
                at: Instant::now(),
                stamps,
            })),
            files,
        })
    }

    pub(super) fn warning(&self) -> Option<String> {
        let validity = *self.validity.lock().unwrap_or_else(PoisonError::into_inner);
        let warning = validity?.warning(SystemTime::now())?;
        Some(format!(
            "the certificate in `{}` {warning}",
            self.files.certificate.display()
        ))
    }

    /// Looks at the files unless that was done a moment ago, and waits for it, so that a client of a server that was idle for long sees
    /// the certificate of today.
    pub(super) async fn refresh(self: &Arc<Self>) {
        let _ = timeout(PATIENCE, self.look_when_due()).await;
    }

    async fn look_when_due(self: &Arc<Self>) {
        let mut seen = self.seen.clone().lock_owned().await;
        if seen.at.elapsed() < LOOK {
            return;
        }
        let certificates = self.clone();
        // Files may be slow to answer, and no event loop waits for them. The lock goes along: however long it takes, one thread looks.
        let _ = spawn_blocking(move || certificates.look(&mut seen)).await;
    }

    fn look(&self, seen: &mut Seen) {
        let stamps = stamps(&self.files);
        seen.at = Instant::now();
        if stamps == seen.stamps {
            return;
        }
        seen.stamps = stamps;
        let path = self.files.certificate.display();
        match Pair::read(&self.files) {
            Ok(pair) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair.key);
                *self.validity.lock().unwrap_or_else(PoisonError::into_inner) = pair.validity;
                tracing::info!("the certificate in `{path}` is a new one, and in force");
                if let Some(warning) = self.warning() {
                    tracing::warn!("{warning}");
                }
            }
            Err(reason) => tracing::error!("{reason}; the certificate before it stays in force"),
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(
            self.current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    }
}

fn stamps(files: &PairFiles) -> Stamps {
    let stamp = |path: &Path| fs::metadata(path).ok().as_ref().map(Stamp::of);
    [stamp(&files.certificate), stamp(&files.key)]
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        Self {
            file: (found.dev(), found.ino()),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}
