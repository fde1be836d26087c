//! The owned request and response: all that a handler sees and gives back.
//!
//! Neither knows the server that made it. Both are `Send` and serialisable, so a route can run on this event loop, on
//! a pool thread, or one day in another process, without noticing.

mod content;
mod cookie;
mod flow;
mod headers;
mod held;
mod live;
mod request;
mod request_id;
mod response;
mod trace_parent;
mod wire;
mod writer;

pub(crate) use content::Content;
pub use content::ContentReader;
pub use cookie::{Cookie, SameSite};
pub(crate) use flow::{Beat, Failure, Flow, Parts, Source, Written};
pub(crate) use headers::{Headers, header, is_of_the_server};
pub(crate) use held::HeldFile;
pub(crate) use live::{Clock, Inlet, Live, LiveParts, live};
pub use request::Request;
pub use request_id::RequestId;
pub use response::Response;
pub(crate) use response::{BYTES, JSON, TEXT, wrong_length};
pub(crate) use trace_parent::TraceParent;
pub(crate) use writer::Sink;
pub use writer::Writer;
