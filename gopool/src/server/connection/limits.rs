//! What a client may take, in time.

use std::time::Duration;

/// The limits of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For a head, from its first byte on.
    pub(crate) head_timeout: Duration,
    /// Without a request.
    pub(crate) keep_alive: Duration,
    /// For an answer of which the client takes no byte.
    pub(crate) send_timeout: Duration,
    /// In bytes a second, while the client is waited for.
    pub(crate) min_send_rate: u64,
    /// Whether a client that has closed its sending side still waits for an answer.
    pub(crate) half_closed: bool,
}

/// How long so many bytes may take at so many a second.
pub(crate) fn time_for(bytes: u64, rate: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64)
}
