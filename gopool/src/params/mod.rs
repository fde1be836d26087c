//! Parameters: how a handler's arguments are read from a request.

use crate::{call::Call, context::ContextKey, error::Error};

/// Something that a handler may take as an argument.
///
/// The parameters are read where the handler runs: parsing is CPU work, and bad input gets the same answer everywhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler parameter",
    label = "not a handler parameter",
    note = "parameters are `Path<T>`, `Query<T>`, `Body<T>` (JSON), `Form<T>`, `Bytes`, `String`, `Header<T>`, `HeaderMap`, \
            `Ctx<T>`, `Cancel`, `RequestId`, `Method` and `Uri`"
)]
pub trait Param: Sized {
    /// What the parameter needs to be known before a request arrives.
    const SPEC: Spec = Spec::NONE;

    /// Reads it.
    ///
    /// # Errors
    /// What the client did wrong, naming the field and the reason.
    fn read(call: &Call) -> Result<Self, Error>;
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
