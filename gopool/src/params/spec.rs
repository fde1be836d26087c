//! What a parameter needs to be known of it before a request arrives.

use crate::{call::Call, context::ContextKey};

/// What a parameter needs, as constant data for the registry entry.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Whether it consumes the body; a handler has at most one such parameter.
    pub reads_body: bool,
    /// How that body comes to it.
    pub delivery: Delivery,
    /// Work with the body that is done before an `async fn` is called, on the pool, such as to read a file. What comes of it, the call keeps.
    pub prepare: Option<fn(&Call)>,
    /// Whether it reads the path's parameters.
    pub reads_path: bool,
    /// The headers, in lower case, that must cross to where the handler runs.
    pub headers: &'static [&'static str],
    /// Whether it wants what the `header_getter` picks.
    pub wants_picked_headers: bool,
    /// The shared value without which it cannot be read.
    pub context: Option<ContextKey>,
    /// The parameters that it is made from; what they need, it needs too.
    pub of: &'static [&'static Self],
}

/// How a body comes to the parameter that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// As a whole, in memory.
    #[default]
    Memory,
    /// As a whole, in a file when it is large.
    Spooled,
    /// As it arrives, while the handler runs, which is then an `async fn`.
    Live,
}

impl Spec {
    /// Needs nothing.
    pub const NONE: Self = Self {
        reads_body: false,
        delivery: Delivery::Memory,
        prepare: None,
        reads_path: false,
        headers: &[],
        wants_picked_headers: false,
        context: None,
        of: &[],
    };

    /// The parameter, and all that it is made from.
    pub(crate) fn with_parts(&'static self) -> impl Iterator<Item = &'static Self> {
        let mut ahead = vec![self];
        std::iter::from_fn(move || {
            let next = ahead.pop()?;
            ahead.extend(next.of);
            Some(next)
        })
    }
}

/// How many parameters read the body, and how many the path.
const fn readers(specs: &[&Spec]) -> (usize, usize) {
    let (mut bodies, mut paths, mut next) = (0, 0, 0);
    while next < specs.len() {
        let (inner_bodies, inner_paths) = readers(specs[next].of);
        bodies += specs[next].reads_body as usize + inner_bodies;
        paths += specs[next].reads_path as usize + inner_paths;
        next += 1;
    }
    (bodies, paths)
}

/// How many of these parameters read the body.
pub(crate) const fn body_readers(specs: &[&Spec]) -> usize {
    readers(specs).0
}

/// How many of these parameters read the path.
pub(crate) const fn path_readers(specs: &[&Spec]) -> usize {
    readers(specs).1
}

/// Checks what the attribute could not tell by the names of the parameters' types.
///
/// # Panics
/// While compiling: when two read the body, when two read the path, or when the path has names that none reads, or the other way round.
#[doc(hidden)]
#[track_caller]
pub const fn checked(specs: &[&Spec], path_has_names: bool) {
    let (bodies, paths) = readers(specs);
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

/// The same for a function that runs around handlers, whose paths and bodies are theirs to read.
///
/// # Panics
/// While compiling: when one of its parameters reads the body, or the path.
#[doc(hidden)]
#[track_caller]
pub const fn checked_around(specs: &[&Spec]) {
    let (bodies, paths) = readers(specs);
    assert!(
        bodies == 0,
        "an argument reads the body, which is the handler's to read: take what the head says, such as a `Header<T>` or the `Uri`"
    );
    assert!(
        paths == 0,
        "an argument reads the path, and each route has names of its own there: take the `Uri`, or read it in the handler"
    );
}
