//! Names that two have. What is made from a document is made from names, so none may depend on who else is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::{describe::is_fit_name, route::Route};

/// Where each schema was named first.
pub(super) type Origins = BTreeMap<String, &'static Route>;

/// Two operations of one id, a sentence for each such pair.
pub(super) fn of_ids(routes: &[&'static Route], ids: &[String]) -> Vec<String> {
    let mut first = BTreeMap::<&str, &Route>::new();
    let mut clashes = Vec::new();
    for (route, id) in routes.iter().zip(ids) {
        match first.get(&**id) {
            Some(other) => clashes.push(format!(
                "two operations have the id `{id}`: {other} of {} and {route} of {}; give one another name: `name = \"..\"` in its attribute",
                other.origin(),
                route.origin(),
            )),
            None => drop(first.insert(id, route)),
        }
    }
    clashes
}

/// The names that may have been made up because another was taken: `Item2` beside `Item`.
pub(super) fn suspects(names: &BTreeSet<String>) -> Vec<String> {
    let is_suspect = |name: &&String| base(name).is_some_and(|base| names.contains(base));
    names.iter().filter(is_suspect).cloned().collect()
}

/// `Item` of `Item2`
fn base(name: &str) -> Option<&str> {
    let base = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = &name[base.len()..];
    // None is given that begins so.
    (!number.is_empty() && !base.is_empty() && !number.starts_with('0') && number != "1").then_some(base)
}

/// Which of the suspects are the second of their name: with their names taken, a type that is called `Item2` itself becomes `Item22`.
pub(super) fn seconds(suspects: Vec<String>, with_these_taken: &BTreeSet<String>) -> Vec<String> {
    let is_own = |name: &String| with_these_taken.contains(&format!("{name}2"));
    suspects.into_iter().filter(|name| !is_own(name)).collect()
}

/// Two schemas of one name, or one of a name that cannot be, a sentence each.
pub(super) fn of_schemas(seconds: &[String], origins: &Origins) -> Vec<String> {
    let site = |name: &str| origins.get(name).map(|route| route.origin());
    let twice = seconds.iter().filter_map(|second| {
        let name = base(second)?;
        let at = site(second).unwrap_or_default();
        Some(match site(name) {
            Some(first) => format!(
                "two types have the schema name `{name}`: one is used by {first}, another by {at}; rename one with \
                 `#[schemars(rename = \"..\")]`"
            ),
            None => format!(
                "the schema name `{name}` is gopool's own, and a type that is used by {at} has it too; rename that with \
                 `#[schemars(rename = \"..\")]`"
            ),
        })
    });
    let unfit = origins.iter().filter(|(name, _)| !is_fit_name(name)).map(|(name, route)| {
        format!(
            "a schema cannot be called `{name}`, as a type is that is used by {}: OpenAPI takes letters, digits, `.`, `_` and `-`; rename \
             it with `#[schemars(rename = \"..\")]`",
            route.origin()
        )
    });
    twice.chain(unfit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_a_number_behind_a_name_that_is_there_is_suspect() {
        let all = names(&["Item", "Item2", "Item12", "Item02", "Item1", "Utf8", "2"]);
        assert_eq!(suspects(&all), ["Item12", "Item2"]);
    }

    #[test]
    fn a_type_that_is_called_so_itself_is_none_of_two() {
        let taken = names(&["Item", "Item2", "Item22"]);
        assert!(seconds(vec!["Item2".to_owned()], &taken).is_empty());
        let taken = names(&["Item", "Item2", "Item3"]);
        assert_eq!(seconds(vec!["Item2".to_owned()], &taken), ["Item2"]);
    }
}
