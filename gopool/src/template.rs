//! Path templates: `/v1/users/{id}/reports/{name}.csv`, `/files/{*rest}`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A route's path. The attribute has checked its grammar: segments are constant text, `{name}` with or without text before and behind it,
/// or a last `{*name}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template(&'static str);

/// One segment of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    Constant(&'static str),
    /// A parameter, and the text before and behind it.
    One {
        before: &'static str,
        name: &'static str,
        behind: &'static str,
    },
    Rest(&'static str),
}

/// Which of a template's paths begin with given segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlap {
    None,
    Part,
    Whole,
}

impl Template {
    /// A template from text that the attribute has checked.
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// As it was written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The same behind a prefix, which is kept for ever.
    pub(crate) fn below(self, prefix: &str) -> Self {
        let path = if self.0 == "/" { "" } else { self.0 };
        Self(Box::leak(format!("{prefix}{path}").into_boxed_str()))
    }

    /// Its parts between slashes.
    pub(crate) fn segments(self) -> impl Iterator<Item = Segment> {
        self.0
            .strip_prefix('/')
            .unwrap_or(self.0)
            .split('/')
            .map(Segment::of)
    }

    /// Whether it takes every path that no other template takes.
    pub(crate) fn takes_all(self) -> bool {
        matches!(self.segments().next(), Some(Segment::Rest(_)))
    }

    /// Whether anything in it is a parameter.
    pub(crate) fn has_names(self) -> bool {
        self.0.contains('{')
    }

    /// Whether text stands beside any of its names.
    pub(crate) fn has_text_beside_names(self) -> bool {
        self.segments()
            .any(|segment| matches!(segment, Segment::One { before, behind, .. } if !(before.is_empty() && behind.is_empty())))
    }

    /// Which of its paths begin with the constant segments of `below`; all begin with none.
    pub(crate) fn overlap(self, below: &str) -> Overlap {
        let mut segments = self.segments();
        let mut overlap = Overlap::Whole;
        let Some(below) = below.strip_prefix('/').filter(|below| !below.is_empty()) else {
            return Overlap::Whole;
        };
        for wanted in below.split('/') {
            match segments.next() {
                Some(Segment::Constant(text)) if decoded(text) == decoded(wanted) => {}
                Some(Segment::One { before, behind, .. }) if inner(wanted, before, behind).is_some() => {
                    overlap = Overlap::Part;
                }
                Some(Segment::Rest(_)) => return Overlap::Part,
                _ => return Overlap::None,
            }
        }
        overlap
    }

    /// A path that this template matches: `value` for each parameter.
    pub(crate) fn path_of(self, value: &str) -> String {
        let segments = self.segments().map(|segment| match segment {
            Segment::Constant(text) => text.to_owned(),
            Segment::One { before, behind, .. } => format!("{before}{value}{behind}"),
            Segment::Rest(_) => value.to_owned(),
        });
        format!("/{}", segments.collect::<Vec<_>>().join("/"))
    }

    /// The names, in order.
    #[cfg(any(feature = "openapi", feature = "garde"))]
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        self.segments().filter_map(|segment| match segment {
            Segment::Constant(_) => None,
            Segment::One { name, .. } | Segment::Rest(name) => Some(name),
        })
    }

    /// The name that takes all that follows.
    #[cfg(feature = "openapi")]
    pub(crate) fn rest(self) -> Option<&'static str> {
        self.segments().find_map(|segment| match segment {
            Segment::Rest(name) => Some(name),
            _ => None,
        })
    }

    /// The parameters of a path that this template matches: name and value, still percent-encoded, in order.
    pub(crate) fn captures(self, path: &str) -> impl Iterator<Item = (&'static str, &str)> {
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        self.segments().filter_map(move |segment| {
            let whole = rest;
            let (one, after) = rest.split_once('/').unwrap_or((rest, ""));
            rest = after;
            match segment {
                Segment::Constant(_) => None,
                Segment::One { before, name, behind } => {
                    Some((name, inner(one, before, behind).unwrap_or(one)))
                }
                Segment::Rest(name) => Some((name, whole)),
            }
        })
    }
}

impl Segment {
    fn of(text: &'static str) -> Self {
        let braces = text
            .split_once('{')
            .and_then(|(before, text)| Some((before, text.split_once('}')?)));
        let Some((before, (name, behind))) = braces else {
            return Self::Constant(text);
        };
        match name.strip_prefix('*') {
            Some(rest) => Self::Rest(rest),
            None => Self::One { before, name, behind },
        }
    }
}

fn decoded(text: &str) -> Cow<'_, [u8]> {
    percent_decode_str(text).into()
}

/// What stands between the two; at least one letter does.
fn inner<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(before)?.strip_suffix(behind)?;
    (!inner.is_empty()).then_some(inner)
}

/// The path as templates are written: letters and digits as they are, all else that is encoded in upper case.
pub(crate) fn normal(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut parts = path.split('%');
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(|_| part.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit)) {
            Some(code) if is_unreserved(code) => normal.push(char::from(code)),
            Some(code) => normal.push_str(&format!("%{code:02X}")),
            // Whoever reads it says what is wrong with it.
            None => {
                normal.push('%');
                normal.push_str(part);
                continue;
            }
        }
        normal.push_str(&part[2..]);
    }
    normal.into()
}

/// What means the same encoded or not (RFC 3986, 2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures(template: &'static str, path: &'static str) -> Vec<(&'static str, &'static str)> {
        Template::new(template).captures(path).collect()
    }

    #[test]
    fn constant_segments_capture_nothing() {
        assert_eq!(captures("/v1/hello", "/v1/hello"), []);
        assert_eq!(captures("/", "/"), []);
    }

    #[test]
    fn named_segments_capture_their_segment_in_order() {
        assert_eq!(
            captures("/users/{id}/posts/{post}", "/users/7/posts/a%2Fb"),
            [("id", "7"), ("post", "a%2Fb")]
        );
    }

    #[test]
    fn a_name_captures_what_stands_between_the_text_beside_it() {
        assert_eq!(captures("/r/{id}.csv", "/r/a.b.csv"), [("id", "a.b")]);
        assert_eq!(captures("/img-{id}", "/img-img-7"), [("id", "img-7")]);
        assert_eq!(
            captures("/{a}-x/v{n}.0/{b}", "/1-x/v2.0/3"),
            [("a", "1"), ("n", "2"), ("b", "3")]
        );
    }

    #[test]
    fn a_path_of_a_template_has_the_value_for_each_parameter() {
        let path = |template: &'static str| Template::new(template).path_of("7");
        assert_eq!(path("/users/{id}/files/{*rest}"), "/users/7/files/7");
        assert_eq!(path("/r/v{id}.csv"), "/r/v7.csv");
        assert_eq!(path("/"), "/");
    }

    #[test]
    fn a_rest_captures_all_that_follows() {
        assert_eq!(
            captures("/files/{*rest}", "/files/a/b/c.txt"),
            [("rest", "a/b/c.txt")]
        );
        assert_eq!(captures("/{a}/{*rest}", "/x/y/"), [("a", "x"), ("rest", "y/")]);
    }

    #[test]
    fn a_template_begins_with_constant_segments_always_sometimes_or_never() {
        use Overlap::{None, Part, Whole};
        for (template, below, expected) in [
            ("/v1/admin/x", "/v1/admin", Whole),
            ("/v1/admin", "/v1/admin", Whole),
            ("/v1/administrators", "/v1/admin", None),
            ("/v1", "/v1/admin", None),
            ("/v1/{kind}/x", "/v1/admin", Part),
            ("/v1/{*rest}", "/v1/admin", Part),
            ("/{*rest}", "/v1/admin", Part),
            ("/v1/ad{kind}", "/v1/admin", Part),
            ("/v1/{kind}.csv", "/v1/admin", None),
            ("/v1/admin{kind}", "/v1/admin", None),
            ("/caf%C3%A9/x", "/caf%c3%a9", Whole),
            ("/a", "", Whole),
            ("/a", "/", Whole),
        ] {
            assert_eq!(
                Template::new(template).overlap(below),
                expected,
                "{template} {below}"
            );
        }
    }

    #[test]
    fn a_prefix_goes_before_a_path() {
        assert_eq!(Template::new("/a/{b}").below("/v1").as_str(), "/v1/a/{b}");
        assert_eq!(Template::new("/").below("/v1").as_str(), "/v1");
    }
}
