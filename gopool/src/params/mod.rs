//! Parameters: how a handler's arguments are read from a request.
//!
//! All are optional and may stand in any order; at most one of them reads the body. Typed parameters are tuple structs
//! with a public field, so a unit test can call a handler: `report(Path(7), Body(spec))`.

use std::fmt;

use crate::{call::Call, context::ContextKey, error::Error};

mod body;
mod ctx;
mod form;
mod header;
mod header_field;
mod message;
mod path;
mod query;
mod wrapper;

pub use body::Body;
pub use ctx::{Ctx, Shared};
pub use form::Form;
pub use header::{FromHeaders, Header};
pub use header_field::HeaderField;
pub use path::Path;
pub use query::Query;

/// Something that a handler may take as an argument.
///
/// Parameters are read where the handler runs: parsing is CPU work, and bad input gets the same answer everywhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler parameter",
    label = "not a handler parameter",
    note = "parameters are `Path<T>`, `Query<T>`, `Body<T>` (JSON), `Form<T>`, `Bytes`, `String`, `Header<T>`, `HeaderMap`, \
            `Ctx<T>`, `Cancel`, `RequestId`, `Method` and `Uri`"
)]
pub trait Param: Sized {
    /// What the parameter needs to be known before a request arrives.
    const SPEC: &'static Spec = &Spec::NONE;

    /// Reads it.
    ///
    /// # Errors
    /// What the client did wrong, naming the field and the reason.
    fn read(call: &Call) -> Result<Self, Error>;
}

/// A parameter that a client may leave out, so that `Option<P>` is a parameter too. What is there but wrong is still an
/// error.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` is not a handler parameter",
    note = "`Query<T>`, `Body<T>`, `Form<T>`, `Header<T>` and `Ctx<T>` can be optional"
)]
pub trait OptionalParam: Param {
    /// What the parameter needs when it may be missing.
    const SPEC: &'static Spec = <Self as Param>::SPEC;

    /// Whether the client left it out.
    fn is_absent(call: &Call) -> bool;
}

impl<P: OptionalParam> Param for Option<P> {
    const SPEC: &'static Spec = <P as OptionalParam>::SPEC;

    fn read(call: &Call) -> Result<Self, Error> {
        if P::is_absent(call) {
            Ok(None)
        } else {
            P::read(call).map(Some)
        }
    }
}

/// What a parameter needs, as constant data for the registry entry.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Whether it consumes the body; a handler has at most one such parameter.
    pub reads_body: bool,
    /// Whether it reads the path's parameters.
    pub reads_path: bool,
    /// The headers, in lower case, that must cross to where the handler runs.
    pub headers: &'static [&'static str],
    /// Whether it wants what the `header_getter` picks.
    pub wants_picked_headers: bool,
    /// The shared value without which it cannot be read.
    pub context: Option<ContextKey>,
}

impl Spec {
    /// Needs nothing.
    pub const NONE: Self = Self {
        reads_body: false,
        reads_path: false,
        headers: &[],
        wants_picked_headers: false,
        context: None,
    };
}

/// Checks what the attribute could not tell by the names of the parameters' types.
///
/// # Panics
/// While compiling: when two read the body, when two read the path, or when the path has names that none reads, or the other way round.
#[doc(hidden)]
#[track_caller]
pub const fn checked(specs: &[&Spec], path_has_names: bool) {
    let (mut bodies, mut paths, mut next) = (0, 0, 0);
    while next < specs.len() {
        bodies += specs[next].reads_body as usize;
        paths += specs[next].reads_path as usize;
        next += 1;
    }
    assert!(
        bodies < 2,
        "two arguments read the body: a request has one, so keep one of them"
    );
    assert!(
        paths < 2,
        "two arguments read the path: take all names as one tuple, `Path<(u64, String)>`"
    );
    assert!(
        paths == 0 || path_has_names,
        "an argument reads the path, which has no `{{name}}`: name a part of it, or remove the argument"
    );
    assert!(
        paths == 1 || !path_has_names,
        "no argument reads the `{{name}}` of the path: add a `Path<T>`, or remove the name"
    );
}

/// Says which field is wrong and why: `` `tags[2]`: invalid type ... ``. Without a field, only why.
fn describe(field: &impl fmt::Display, reason: &impl fmt::Display) -> String {
    match field.to_string().as_str() {
        "." | "" => reason.to_string(),
        field => format!("`{field}`: {reason}"),
    }
}

#[cfg(test)]
mod tests;
