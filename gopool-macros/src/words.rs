//! Words in what was typed: the nearest of a few, for "did you mean", and whether one is there.

use proc_macro2::{TokenStream, TokenTree};

/// Whether the word stands anywhere in these tokens.
pub(crate) fn is_named_in(name: &str, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => is_named_in(name, group.stream()),
        _ => false,
    })
}

/// The candidate that `word` most likely was meant to be, if one is near.
pub(crate) fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let limit = (word.len() / 3).max(1);
    let mut best = None;
    for &candidate in candidates {
        let distance = distance(word, candidate);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many letters to insert, remove or replace (Levenshtein), row by row of the usual table.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn a_typing_mistake_is_near() {
        let words = ["timeout", "queue_timeout", "max_body", "run"];
        assert_eq!(closest("timout", &words), Some("timeout"));
        assert_eq!(closest("max_bdoy", &words), Some("max_body"));
        assert_eq!(closest("priority", &words), None);
    }

    #[test]
    fn the_distance_counts_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
