//! What the attribute knows of a route beside how to serve it.

use std::fmt;

use crate::describe::Operation;

/// What the attribute knows of a route beside how to serve it.
#[derive(Clone, Copy)]
pub struct Docs {
    /// The documentation of the function.
    pub text: &'static str,
    /// Whether the function is deprecated.
    pub is_deprecated: bool,
    /// The name that the attribute gives it.
    pub name: Option<&'static str>,
    /// The tag that the attribute gives it.
    pub tag: Option<&'static str>,
    /// Lets the types of its parameters and its reply say what they are.
    pub describe: fn(&mut Operation<'_>),
}

impl Docs {
    /// Nothing.
    pub const NONE: Self = Self {
        text: "",
        is_deprecated: false,
        name: None,
        tag: None,
        describe: |_| {},
    };
}

impl fmt::Debug for Docs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Docs")
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}
