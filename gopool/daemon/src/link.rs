//! The link between the daemon and a master: ready, heartbeats and complaints one way, the history the other
//! way, and the news of a death both ways (the socket closes).
//!
//! It is a pair of `SEQPACKET` sockets: messages keep their bounds, several event loops may send at once, and
//! the end of either process is an end of file for the other.

mod codec;
mod daemon_end;
mod master_end;
mod options;

pub(crate) use codec::{Greeting, Message, NAME};
pub(crate) use daemon_end::DaemonEnd;
pub use master_end::Link;
pub(crate) use options::{Changes, Options};
