//! The grammar of a route's path: `/v1/users/{id}/files/{*rest}`.
//!
//! The compiler gives no span inside a literal, so each message draws the path and underlines the wrong part.

use std::ops::Range;

use mistake::{Found, char_length, draw, found};

mod constant;
mod mistake;
mod percent;
mod segment;

pub(crate) use mistake::Mistake;

/// The names in `path`, in order, or all that is wrong with it.
pub(crate) fn names(path: &str) -> Result<Vec<String>, Vec<Mistake>> {
    if let Some(whole) = whole(path) {
        return Err(vec![draw(path, whole)]);
    }
    let mut names = Vec::new();
    let mut mistakes = Vec::new();
    for part in segments(path) {
        match segment::name(path, part.clone()) {
            Ok(None) => {}
            Ok(Some(name)) => {
                mistakes.extend(misplaced(path, &part, name, &names));
                names.push(name.to_owned());
            }
            Err(found) => mistakes.push(found),
        }
    }
    if mistakes.is_empty() {
        Ok(names)
    } else {
        Err(mistakes.into_iter().map(|found| draw(path, found)).collect())
    }
}

/// Mistakes of the path as a whole, after which it makes no sense to look at its segments.
fn whole(path: &str) -> Option<Found> {
    let all = 0..path.len();
    if path.is_empty() {
        return Some(found(all, "the path is empty", "write `\"/\"` for the root"));
    }
    if let Some(at) = path.find(char::is_whitespace) {
        let help = format!("did you mean `{}`?", path.split_whitespace().collect::<String>());
        return Some(found(
            at..at + char_length(path, at),
            "there is a space in the path",
            help,
        ));
    }
    if !path.starts_with('/') {
        let help = format!("did you mean `/{path}`?");
        return Some(found(
            0..char_length(path, 0),
            "the path does not begin with `/`",
            help,
        ));
    }
    if let Some(at) = query(path) {
        let help = format!(
            "write `{}`, and read the query with a parameter `Query<T>`",
            &path[..at]
        );
        return Some(found(at..path.len(), "a query is not part of the path", help));
    }
    slashes(path)
}

/// Where a query begins: a `?` outside of braces.
fn query(path: &str) -> Option<usize> {
    path.match_indices('?')
        .map(|(at, _)| at)
        .find(|at| path[..*at].matches('{').count() == path[..*at].matches('}').count())
}

fn slashes(path: &str) -> Option<Found> {
    let normal = || {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        format!("/{}", segments.join("/"))
    };
    if let Some(at) = path.find("//") {
        let help = format!("did you mean `{}`?", normal());
        return Some(found(at..at + 2, "there is an empty segment in the path", help));
    }
    if path.len() > 1 && path.ends_with('/') {
        let help = format!("write `{}`", normal());
        let part = path.len() - 1..path.len();
        return Some(found(
            part,
            "the path ends with `/`, which would be another path",
            help,
        ));
    }
    None
}

/// Where the segments are, without their slashes.
fn segments(path: &str) -> Vec<Range<usize>> {
    let mut start = 1;
    let mut parts = Vec::new();
    for segment in path[1..].split('/') {
        parts.push(start..start + segment.len());
        start += segment.len() + 1;
    }
    parts
}

/// A good segment in a bad place.
fn misplaced(path: &str, part: &Range<usize>, name: &str, before: &[String]) -> Option<Found> {
    if before.iter().any(|other| other == name) {
        let help = format!("give them different names, for example `{{other_{name}}}`");
        return Some(found(
            part.clone(),
            format!("the name `{name}` is used twice"),
            help,
        ));
    }
    if path[part.clone()].starts_with("{*") && part.end < path.len() {
        let help = format!("move `{{*{name}}}` to the end, or write `{{{name}}}` for one segment");
        let message = format!("`{{*{name}}}` takes all that follows, so nothing can stand behind it");
        return Some(found(part.clone(), message, help));
    }
    None
}

#[cfg(test)]
mod tests;
