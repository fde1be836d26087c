//! Where a call comes from.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::caller::Caller;

/// The request that a call is for, as the server that took it knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// No other request of that server has it.
    pub(crate) number: u64,
    /// Who sent it.
    pub(crate) peer: Option<SocketAddr>,
    /// What its caller is known by, where a header tells callers apart. Only that server tells it.
    #[serde(skip)]
    pub(crate) caller: Option<Caller>,
}
