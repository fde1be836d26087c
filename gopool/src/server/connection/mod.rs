//! HTTP/1.1 on one connection, one request at a time: its head, its answer, then the next one.
//!
//! actix-http's codec reads and writes messages; when to read, how long to wait and when to end is decided here. A request is decoded
//! when the one before it has its answer, so an answer can only be framed by its own request, and what is pipelined waits as bytes.
//!
//! ```text
//! head ──► answer ──► next            serve.rs     the loop
//!   │        │ ▲                      head.rs      reads and checks a head (lines.rs: as it comes)
//!   │        │ │                      body.rs      what the answer's maker reads the body from (chunked.rs: what it reads)
//!   │        ▼ │                      answer.rs    waits for the answer and watches for the client's leaving; writes it
//!   └──► refuse, close                rest.rs      what is left of a body that nobody wants
//!                                     close.rs     the end, without a reset under what the client still reads
//!                                     wire.rs      the socket, its buffers and its one timer (timer.rs; unsent.rs: all clients' memory)
//! ```

mod answer;
mod body;
mod chunked;
mod close;
mod head;
mod host;
mod limits;
mod lines;
mod rest;
mod serve;
mod shared;
mod stream;
mod timer;
mod unsent;
mod upgrade;
mod wire;

pub(crate) use self::limits::Limits;
#[cfg(feature = "tls")]
pub(super) use self::serve::refuse;
pub(super) use self::{
    head::announced_length,
    limits::time_for,
    serve::{Terms, serve},
    shared::Answerer,
    stream::Stream,
    unsent::Unsent,
};
