//! Parameters: how a handler's arguments are read from a request.
//!
//! All are optional and may stand in any order; at most one of them reads the body. Typed parameters are tuple structs
//! with a public field, so a unit test can call a handler: `report(Path(7), Body(spec))`.

mod always;
mod authorization;
mod body;
mod cookies;
mod ctx;
#[cfg(feature = "openapi")]
mod described;
mod field;
mod form;
mod from_params;
mod header;
mod header_field;
mod incoming;
mod last_event_id;
mod message;
mod multipart;
mod only;
mod param;
mod path;
mod query;
mod spec;
mod tuple;
mod upload;
#[cfg(feature = "garde")]
mod valid;
mod wrapper;

pub use authorization::{Basic, Bearer};
pub use body::Body;
pub use cookies::Cookies;
pub use ctx::{Ctx, Shared};
pub use form::{Form, from_text};
pub use from_params::FromParams;
pub use header::{FromHeaders, Header};
pub use header_field::HeaderField;
pub use incoming::Incoming;
pub use last_event_id::LastEventId;
pub use multipart::{FromMultipart, Multipart, Part, PartField};
pub use param::{OptionalParam, Param};
pub use path::Path;
pub use query::Query;
pub use spec::{Delivery, Spec};
pub(crate) use spec::{body_readers, path_readers};
pub use upload::Upload;
#[cfg(feature = "garde")]
pub use valid::{Rules, Valid, WithRules};
#[doc(hidden)]
pub use {
    from_params::made,
    multipart::{Field, JsonPart, Parts},
    param::ParamCalledLikeActix,
    spec::{checked, checked_around},
};

#[cfg(test)]
mod tests;
