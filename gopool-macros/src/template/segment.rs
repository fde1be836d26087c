//! One segment of a path: constant text, `{name}`, also with text beside it, or `{*name}`.

use std::ops::Range;

use super::{
    constant::{characters, constant},
    mistake::{Found, found},
};

/// The segment's name, if it is a parameter.
pub(super) fn name(path: &str, part: Range<usize>) -> Result<Option<&str>, Found> {
    let text = &path[part.clone()];
    if let Some(found) = other_dialect(text, &part) {
        return Err(found);
    }
    if !text.contains(['{', '}']) {
        return constant(path, part).map(|()| None);
    }
    balanced(text, &part)?;
    let open = text.matches('{').count();
    if open > 1 {
        let help =
            "put a `/` between them, or take the whole segment as one parameter and split it in the handler";
        return Err(found(part, "two parameters stand in one segment", help));
    }
    // Balanced, so both are there.
    let (open, close) = (text.find('{').unwrap_or(0), text.find('}').unwrap_or(0));
    let (before, behind) = (part.start..part.start + open, part.start + close + 1..part.end);
    let inner = &text[open + 1..close];
    if inner.starts_with('*') && text.len() > inner.len() + 2 {
        let help = "give the rest a segment of its own, or write a name without `*` for one segment";
        return Err(found(part, "text stands beside a rest", help));
    }
    characters(path, before)?;
    characters(path, behind)?;
    parameter(inner, part).map(Some)
}

/// `:id`, `<id>` and `*rest`, as other frameworks write them.
fn other_dialect(text: &str, part: &Range<usize>) -> Option<Found> {
    if let Some(name) = text.strip_prefix(':').filter(|name| !name.is_empty()) {
        let help = format!("write `{{{}}}`", identifier(name));
        return Some(found(
            part.clone(),
            "a parameter is not written with a colon",
            help,
        ));
    }
    if let Some(inner) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) {
        let written = match inner.strip_suffix("..") {
            Some(rest) => format!("{{*{}}}", identifier(rest)),
            None => format!("{{{}}}", identifier(inner)),
        };
        let help = format!("write `{written}`");
        return Some(found(
            part.clone(),
            "a parameter is not written in angle brackets",
            help,
        ));
    }
    if let Some(name) = text.strip_prefix('*') {
        let name = if name.is_empty() { "rest" } else { name };
        let help = format!("write `{{*{}}}`", identifier(name));
        return Some(found(part.clone(), "a rest is written in braces", help));
    }
    None
}

/// Each `{` has its `}`, and they do not nest.
fn balanced(text: &str, part: &Range<usize>) -> Result<(), Found> {
    let mut open = None;
    for (at, c) in text.char_indices() {
        let here = part.start + at..part.start + at + 1;
        match (c, &open) {
            ('{', None) => open = Some(here),
            ('{', Some(_)) => {
                return Err(found(
                    here,
                    "a `{` inside of a parameter",
                    "close the first one with `}`",
                ));
            }
            ('}', Some(_)) => open = None,
            ('}', None) => return Err(found(here, "a `}` without its `{`", "write `{name}`")),
            _ => {}
        }
    }
    match open {
        Some(here) => Err(found(here.start..part.end, "a `{` without its `}`", closed(text))),
        None => Ok(()),
    }
}

fn closed(text: &str) -> String {
    let inner = text.rsplit('{').next().unwrap_or_default();
    let inner = if inner.is_empty() { "name" } else { inner };
    format!("write `{{{inner}}}`")
}

/// What stands between the braces.
fn parameter(inner: &str, part: Range<usize>) -> Result<&str, Found> {
    let name = inner.strip_prefix('*').unwrap_or(inner);
    let star = if inner.starts_with('*') { "*" } else { "" };
    if name.is_empty() {
        let help = format!(
            "give it a name: `{{{star}{}}}`",
            if star.is_empty() { "id" } else { "rest" }
        );
        return Err(found(part, "a parameter without a name", help));
    }
    if is_identifier(name) {
        return Ok(name);
    }
    if let Some((before, _)) = name.split_once(':') {
        let help = format!(
            "write `{{{}}}` and check the value in the handler, or in the type of `Path<T>`",
            identifier(before)
        );
        return Err(found(part, "a parameter has no pattern", help));
    }
    let message = format!("`{name}` is not a valid name");
    Err(found(
        part,
        message,
        format!("did you mean `{{{star}{}}}`?", identifier(name)),
    ))
}

/// Whether `name` can be the name of a field: letters, digits and `_`, not beginning with a digit.
fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().any(|byte| byte != b'_')
        && !NEVER_FIELDS.contains(&name)
}

/// The keywords that not even `r#` makes a name.
const NEVER_FIELDS: [&str; 4] = ["self", "Self", "super", "crate"];

/// The nearest valid name.
fn identifier(text: &str) -> String {
    let name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let name = name.trim_matches('_');
    if name.is_empty() {
        return "id".to_owned();
    }
    if NEVER_FIELDS.contains(&name) {
        return format!("{name}_id");
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("p{name}");
    }
    name.to_owned()
}
