//! Recognises the parameters that gopool has by the names of their types.
//!
//! A macro sees names, not types: an alias, or a parameter of the user's own, is [`Reads::Unknown`], and the compiler judges it.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// What a parameter reads, as far as the name of its type tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// `Path<T>`.
    Path,
    /// A reader of the body, with its name.
    Body(&'static str),
    /// Another parameter of ours: neither the path nor the body.
    Neither,
    /// Not one of ours, so nobody knows.
    Unknown,
}

/// Every parameter that neither reads the path nor the body.
const OURS: [&str; 11] = [
    "Basic",
    "Bearer",
    "Cookies",
    "Query",
    "Header",
    "HeaderMap",
    "Ctx",
    "Cancel",
    "RequestId",
    "Method",
    "Uri",
];

/// Every parameter that reads the body.
const BODIES: [&str; 7] = [
    "Body",
    "Form",
    "Bytes",
    "String",
    "Upload",
    "Multipart",
    "Incoming",
];

impl Reads {
    pub(super) fn of(ty: &Type) -> Self {
        let Some(segment) = last_segment(ty).filter(|_| !is_of_the_users(ty)) else {
            return Self::Unknown;
        };
        let name = segment.ident.to_string();
        if let Some(body) = BODIES.iter().find(|body| name == **body) {
            return Self::Body(body);
        }
        match (name.as_str(), first_type(segment)) {
            ("Option" | "Result" | "Valid", Some(ty)) => Self::of(ty),
            ("Path", Some(_)) => Self::Path,
            _ if OURS.contains(&name.as_str()) => Self::Neither,
            _ => Self::Unknown,
        }
    }
}

/// Whether the path leads into a module of the user's: there, a name that is one of ours may be a type of the user's.
fn is_of_the_users(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    let segments = &path.path.segments;
    let first = segments.first().filter(|_| segments.len() > 1);
    first.is_some_and(|first| {
        ["crate", "self", "super", "web"]
            .iter()
            .any(|word| first.ident == word)
    })
}

/// The `T` of `Path<T>`, also in an `Option`, a `Result` or a `Valid`.
pub(super) fn in_path(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty)?;
    let first = first_type(segment)?;
    if ["Option", "Result", "Valid"]
        .iter()
        .any(|word| segment.ident == word)
    {
        in_path(first)
    } else {
        Some(first)
    }
}

/// The last segment of `a::b::C<T>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

/// The `T` of `C<T>`.
pub(crate) fn first_type(segment: &PathSegment) -> Option<&Type> {
    types_in(segment).next()
}

/// The types in `C<A, B>`.
pub(super) fn types_in(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

/// Without parentheses, and without the invisible groups that a `macro_rules` puts around its `$ty`.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => ty,
    }
}

/// Types that stand for one value of a path: nobody can give them two names.
const SCALARS: [&str; 17] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64",
    "bool", "char", "String",
];

/// Whether `ty` is a single value.
pub(super) fn is_scalar(ty: &Type) -> bool {
    let segment = last_segment(ty).filter(|_| !is_of_the_users(ty));
    segment.is_some_and(|segment| {
        segment.arguments.is_none() && SCALARS.contains(&segment.ident.to_string().as_str())
    })
}
