//! The names of the path against the arguments that read them.

use syn::{Attribute, Type, TypeTuple};

use super::{
    arguments::{Param, Params, text},
    path::RoutePath,
    types::{Reads, bare, in_path, is_scalar, last_segment},
};
use crate::errors::Errors;

/// A struct in a `Path<T>`, and the names that its fields must have.
pub(crate) struct PathFields {
    pub(crate) ty: Type,
    pub(crate) names: Vec<String>,
    /// What decides whether the argument is there.
    pub(crate) conditions: Vec<Attribute>,
}

/// The `Path<T>` must take the names of the path. Gives back the structs whose fields the compiler is to compare: one, or more of
/// which each is there under a condition of its own.
pub(super) fn against_path(params: &Params, path: &RoutePath, errors: &mut Errors) -> Vec<PathFields> {
    let readers = params.list.iter().filter_map(|param| match param.reads {
        Reads::Path => in_path(&param.ty).map(|inner| (param, inner)),
        _ => None,
    });
    let readers: Vec<(&Param, &Type)> = readers.collect();
    let Some((first, _)) = readers.first() else {
        unread(params, path, errors);
        return Vec::new();
    };
    if is_read_twice(&readers, errors) {
        return Vec::new();
    }
    if path.names.is_empty() {
        let message = format!("the path has no `{{name}}` for `{}` to read", first.text());
        errors.push(
            &first.ty,
            &message,
            "name a part of it, for example `/users/{id}`, or remove the argument",
        );
        return Vec::new();
    }
    let fields = readers
        .into_iter()
        .filter_map(|(param, inner)| fits(param, inner, path, errors));
    fields.collect()
}

/// Two that are always there.
fn is_read_twice(readers: &[(&Param, &Type)], errors: &mut Errors) -> bool {
    let mut certain = readers.iter().filter(|(param, _)| param.conditions.is_empty());
    let (Some((_, inner)), Some((second, other))) = (certain.next(), certain.next()) else {
        return false;
    };
    let message = format!("`{}` is a second reader of the path", second.text());
    let help = format!(
        "take all names as one tuple: `Path<({}, {})>`",
        text(inner),
        text(other)
    );
    errors.push(&second.ty, &message, &help);
    true
}

/// Names that nobody reads, unless an argument whose type we do not know may do it.
fn unread(params: &Params, path: &RoutePath, errors: &mut Errors) {
    if path.names.is_empty() || params.lacks_some || !params.are_all_known() {
        return;
    }
    let names: Vec<String> = path.names.iter().map(|name| format!("`{{{name}}}`")).collect();
    let help = match &path.names[..] {
        [name] => {
            format!("add an argument, for example `{name}: Path<u64>`, or remove `{{{name}}}` from the path")
        }
        names => format!(
            "add an argument, for example `Path(({})): Path<({})>`",
            names.join(", "),
            example(names.len())
        ),
    };
    let message = format!("no argument reads {} of the path", names.join(" and "));
    errors.push(&path.literal, &message, &help);
}

fn example(count: usize) -> String {
    vec!["String"; count].join(", ")
}

fn fits(param: &Param, inner: &Type, path: &RoutePath, errors: &mut Errors) -> Option<PathFields> {
    let count = path.names.len();
    match bare(inner) {
        Type::Tuple(tuple) => tuple_fits(tuple, path, errors),
        inner if is_scalar(inner) && count > 1 => {
            let message = format!("`{}` is one value, but the path has {count} names", param.text());
            let types = vec![text(inner); count].join(", ");
            let help = format!(
                "take them as a tuple: `Path<({types})>`, or a struct with the fields {}",
                list(path)
            );
            errors.push(&param.ty, &message, &help);
        }
        // With one name it may be a newtype, with generics a map: only a plain name with many names must be a struct.
        inner if count > 1 => {
            let plain = last_segment(inner).is_some_and(|segment| segment.arguments.is_none());
            return plain.then(|| PathFields {
                ty: inner.clone(),
                names: path.names.clone(),
                conditions: param.conditions.clone(),
            });
        }
        _ => {}
    }
    None
}

fn tuple_fits(tuple: &TypeTuple, path: &RoutePath, errors: &mut Errors) {
    let (have, want) = (tuple.elems.len(), path.names.len());
    if have == want {
        return;
    }
    let message = format!(
        "the tuple has {have} {}, but the path has {want}: {}",
        plural(have, "value"),
        list(path)
    );
    let mut types: Vec<String> = tuple.elems.iter().map(text).collect();
    types.resize(want, "String".to_owned());
    let help = match &types[..] {
        [one] => format!("write `Path<{one}>`"),
        many => format!("write `Path<({})>`, in the order of the path", many.join(", ")),
    };
    errors.push(tuple, &message, &help);
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

fn list(path: &RoutePath) -> String {
    let names: Vec<String> = path.names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
