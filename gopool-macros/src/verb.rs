//! Which methods an attribute is for.

/// The method of a route, or all that have no route of their own on its path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Any,
    Only(&'static str),
}

impl Verb {
    /// The attribute, as users write it.
    pub(crate) fn attribute(self) -> String {
        match self {
            Self::Any => "all".to_owned(),
            Self::Only(method) => method.to_ascii_lowercase(),
        }
    }
}
