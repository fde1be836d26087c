//! Whether a plain actix-web resource is meant rather than a route of ours, where both have a path: the narrower one is, as among our routes.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::template::{Segment, Template};

/// Whether `pattern`, of a plain resource that matches `path`, is narrower there than the `template` of ours that does, too: the first segment
/// in which they differ decides.
pub(super) fn is_narrower(pattern: &str, template: Template, path: &str) -> bool {
    let mut values = path.split('/').skip(1);
    let mut theirs = segments(pattern).into_iter().skip(1);
    for ours in template.segments() {
        let (Some(theirs), Some(value)) = (theirs.next(), values.next()) else {
            return false;
        };
        let is_constant = !theirs.contains('{');
        if is_constant && decoded(theirs) != decoded(value) {
            // A resource of several patterns, of which actix tells the first only: another one matches.
            return true;
        }
        match (is_constant, ours) {
            (true, Segment::Constant(_)) => {}
            (true, _) => return true,
            (false, Segment::Constant(_)) => return false,
            (false, Segment::One { before, behind, .. }) if !(before.is_empty() && behind.is_empty()) => {
                return false;
            }
            (false, Segment::One { .. }) if has_text(theirs) => return true,
            (false, Segment::One { .. }) => {}
            (false, Segment::Rest(_)) => return !is_tail(theirs),
        }
    }
    false
}

/// The pattern at its slashes, but for those in braces.
fn segments(pattern: &str) -> Vec<&str> {
    let (mut depth, mut start, mut segments) = (0_usize, 0, Vec::new());
    for (at, letter) in pattern.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                segments.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(&pattern[start..]);
    segments
}

/// Whether text stands beside the name.
fn has_text(segment: &str) -> bool {
    !(segment.starts_with('{') && segment.ends_with('}'))
}

/// Whether it takes all that follows: `{tail}*`, `{tail:.*}`.
fn is_tail(segment: &str) -> bool {
    segment.ends_with('*') || segment.ends_with(".*}") || segment.ends_with(".+}")
}

fn decoded(text: &str) -> Cow<'_, [u8]> {
    percent_decode_str(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_in_which_they_differ_decides() {
        for (pattern, template, path, expected) in [
            ("/u/me", "/u/{id}", "/u/me", true),
            ("/u/me", "/u/v{id}", "/u/me", true),
            ("/u/me/{page}", "/u/{*rest}", "/u/me/1", true),
            ("/u/{id}/edit", "/u/{*rest}", "/u/7/edit", true),
            ("/u/{id}.csv", "/u/{id}", "/u/7.csv", true),
            ("/other", "/u/{id}", "/u/me", true),
            ("/caf\u{e9}/me", "/caf%C3%A9/{id}", "/caf%C3%A9/me", true),
            ("/{a}/me", "/u/{id}", "/u/me", false),
            ("/{a}/{b:\\d+}", "/u/{id}", "/u/7", false),
            ("/u/{id}", "/u/{name}", "/u/7", false),
            ("/u/{id:a/b}", "/u/{*rest}", "/u/a/b", true),
            ("/u/{tail:.*}", "/u/{*rest}", "/u/a/b", false),
            ("/u/{tail}*", "/u/{*rest}", "/u/a/b", false),
            ("/{tail:.*}", "/u/{id}", "/u/7", false),
            ("", "/u/{id}", "/u/7", false),
        ] {
            let template = Template::new(template);
            assert_eq!(
                is_narrower(pattern, template, path),
                expected,
                "{pattern} {template:?} {path}"
            );
        }
    }
}
