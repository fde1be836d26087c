//! Where a call comes from.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The request that a call is for, as the server that took it knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// No other request of that server has it.
    pub(crate) number: u64,
    /// Who sent it.
    pub(crate) peer: Option<SocketAddr>,
}
