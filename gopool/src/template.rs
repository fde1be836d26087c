//! Path templates: `/v1/users/{id}/files/{*rest}`.

/// A route's path. The attribute has checked its grammar: segments are constant text, `{name}`, or a last `{*name}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template(&'static str);

/// One segment of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segment {
    Constant,
    One(&'static str),
    Rest(&'static str),
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

    /// A path that this template matches: `value` for each parameter.
    pub(crate) fn path_of(self, value: &str) -> String {
        let segments = self.0.split('/').map(|segment| match Segment::of(segment) {
            Segment::Constant => segment,
            Segment::One(_) | Segment::Rest(_) => value,
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The names, in order.
    #[cfg(feature = "openapi")]
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        self.captures("").map(|(name, _)| name)
    }

    /// The name that takes all that follows.
    #[cfg(feature = "openapi")]
    pub(crate) fn rest(self) -> Option<&'static str> {
        match Segment::of(self.0.rsplit('/').next()?) {
            Segment::Rest(name) => Some(name),
            _ => None,
        }
    }

    /// The parameters of a path that this template matches: name and value, still percent-encoded, in order.
    pub(crate) fn captures(self, path: &str) -> impl Iterator<Item = (&'static str, &str)> {
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        let segments = self.0.strip_prefix('/').unwrap_or(self.0).split('/');
        segments.filter_map(move |segment| {
            let whole = rest;
            let (one, after) = rest.split_once('/').unwrap_or((rest, ""));
            rest = after;
            match Segment::of(segment) {
                Segment::Constant => None,
                Segment::One(name) => Some((name, one)),
                Segment::Rest(name) => Some((name, whole)),
            }
        })
    }
}

impl Segment {
    fn of(text: &'static str) -> Self {
        let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
            return Self::Constant;
        };
        inner.strip_prefix('*').map_or(Self::One(inner), Self::Rest)
    }
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
    fn a_path_of_a_template_has_the_value_for_each_parameter() {
        let path = |template: &'static str| Template::new(template).path_of("7");
        assert_eq!(path("/users/{id}/files/{*rest}"), "/users/7/files/7");
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
}
