//! From a method and a path to a route: one radix tree, so a thousand routes cost what one does.

use http::Method;

use crate::route::{Route, Verb};

/// The longest path and query that is looked at, in bytes.
pub(crate) const MAX_TARGET: usize = 8 * 1024;

/// All routes by path; what they lead to is up to the caller.
#[derive(Debug)]
pub(crate) struct Router<E> {
    tree: matchit::Router<usize>,
    nodes: Vec<Node<E>>,
}

/// The routes of one path.
#[derive(Debug)]
struct Node<E> {
    by_method: Vec<(&'static str, E)>,
    any: Option<E>,
    /// The value of the `Allow` header.
    allow: String,
}

/// What a request's method and path come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match<'a, E> {
    /// This route.
    Found(&'a E),
    /// The path exists and says itself what it allows: `OPTIONS` without a handler.
    Options {
        /// The value of the `Allow` header.
        allow: &'a str,
    },
    /// The path exists, for other methods.
    WrongMethod {
        /// The value of the `Allow` header.
        allow: &'a str,
    },
    /// No such path.
    NotFound,
}

impl<E> Router<E> {
    /// A router to `endpoints`, which come sorted by path.
    ///
    /// # Errors
    /// Paths that no tree can tell apart, such as `/{a}` beside `/{b}`, or methods that are no methods; a sentence each.
    pub(crate) fn new(endpoints: impl IntoIterator<Item = (&'static Route, E)>) -> Result<Self, Vec<String>> {
        let mut router = Self {
            tree: matchit::Router::new(),
            nodes: Vec::new(),
        };
        // The first route of each node, to name it in a refusal.
        let mut firsts: Vec<&'static Route> = Vec::new();
        let mut refusals = Vec::new();
        for (route, endpoint) in endpoints {
            // Sorted, so the routes of one path stand together.
            let is_new = firsts.last().is_none_or(|first| first.template != route.template);
            if is_new {
                if let Err(error) = router.tree.insert(route.template.as_str(), router.nodes.len()) {
                    refusals.push(conflict(route, &firsts, &error));
                    continue;
                }
                firsts.push(route);
                router.nodes.push(Node::empty());
            }
            if let Some(node) = router.nodes.last_mut() {
                refusals.extend(node.add(route, endpoint).err());
            }
        }
        router.nodes.iter_mut().for_each(Node::list_allowed);
        if refusals.is_empty() {
            Ok(router)
        } else {
            Err(refusals)
        }
    }

    /// Looks a request up. `HEAD` falls back to `GET`, whose body the server leaves out.
    pub(crate) fn find(&self, method: &str, path: &str) -> Match<'_, E> {
        let Ok(found) = self.tree.at(path) else {
            return Match::NotFound;
        };
        let node = &self.nodes[*found.value];
        if let Some(endpoint) = node.endpoint(method) {
            return Match::Found(endpoint);
        }
        if method == "OPTIONS" {
            return Match::Options { allow: &node.allow };
        }
        Match::WrongMethod { allow: &node.allow }
    }
}

impl<E> Node<E> {
    fn empty() -> Self {
        Self {
            by_method: Vec::new(),
            any: None,
            allow: String::new(),
        }
    }

    fn add(&mut self, route: &Route, endpoint: E) -> Result<(), String> {
        let Verb::Only(method) = route.verb else {
            self.any = Some(endpoint);
            return Ok(());
        };
        method
            .parse::<Method>()
            .map_err(|_| format!("`{method}` is not a method: {route}"))?;
        self.by_method.push((method, endpoint));
        Ok(())
    }

    fn endpoint(&self, method: &str) -> Option<&E> {
        let of = |wanted: &str| {
            self.by_method
                .iter()
                .find(|(method, _)| *method == wanted)
                .map(|(_, endpoint)| endpoint)
        };
        let get = || (method == "HEAD").then(|| of("GET")).flatten();
        of(method).or_else(get).or(self.any.as_ref())
    }

    fn list_allowed(&mut self) {
        let mut methods: Vec<&str> = self.by_method.iter().map(|(method, _)| *method).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.sort_unstable();
        methods.dedup();
        self.allow = methods.join(", ");
    }
}

fn conflict(route: &Route, others: &[&Route], error: &matchit::InsertError) -> String {
    let matchit::InsertError::Conflict { with } = error else {
        return format!(
            "the path of {route}, {}, cannot be routed: {error}",
            route.origin()
        );
    };
    let other = others.iter().find(|other| other.template.as_str() == with);
    let other = other.map_or_else(
        || format!("`{with}`"),
        |other| format!("{other} of {}", other.origin()),
    );
    format!(
        "{route} of {} and {other} match the same paths: use the same names in the braces, or change one path",
        route.origin()
    )
}

/// Whether a path holds a `.` or `..` segment, also percent-encoded or behind an encoded slash. No handler gets to see
/// such a path: `{*rest}` must not climb out of a folder.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    // Nearly no path has a dot at a segment's start or a percent sign: look twice only at those that do.
    let mut before = b'/';
    let is_plain = path.bytes().all(|byte| {
        let is_suspect = byte == b'%' || (byte == b'.' && before == b'/');
        before = byte;
        !is_suspect
    });
    if is_plain {
        return false;
    }
    let decoded = percent_encoding::percent_decode_str(path);
    let bytes: Vec<u8> = decoded.collect();
    bytes
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .any(|segment| segment == b"." || segment == b"..")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn router(routes: &[(&'static str, &'static str)]) -> Result<Router<String>, Vec<String>> {
        Router::new(routes.iter().map(|(method, path)| {
            let route = Route::example(method, path);
            (route, route.to_string())
        }))
    }

    #[test]
    fn a_request_finds_the_route_of_its_path_and_method() {
        let router = router(&[("GET", "/a/{id}"), ("POST", "/a/{id}"), ("GET", "/a/me")]).unwrap();
        assert_eq!(router.find("POST", "/a/7"), Match::Found(&"POST /a/{id}".into()));
        assert_eq!(router.find("GET", "/a/me"), Match::Found(&"GET /a/me".into()));
        assert_eq!(router.find("GET", "/a"), Match::NotFound);
        assert_eq!(router.find("GET", "/a/7/"), Match::NotFound);
    }

    #[test]
    fn a_wrong_method_says_which_are_right() {
        let router = router(&[("GET", "/a"), ("PUT", "/a")]).unwrap();
        let allow = "GET, HEAD, OPTIONS, PUT";
        assert_eq!(router.find("DELETE", "/a"), Match::WrongMethod { allow });
        assert_eq!(router.find("OPTIONS", "/a"), Match::Options { allow });
    }

    #[test]
    fn head_is_get_unless_it_has_a_handler() {
        let router = router(&[("GET", "/a"), ("GET", "/b"), ("HEAD", "/b")]).unwrap();
        assert_eq!(router.find("HEAD", "/a"), Match::Found(&"GET /a".into()));
        assert_eq!(router.find("HEAD", "/b"), Match::Found(&"HEAD /b".into()));
    }

    #[test]
    fn all_takes_what_no_other_takes() {
        let router = router(&[("ALL", "/a"), ("GET", "/a")]).unwrap();
        assert_eq!(router.find("GET", "/a"), Match::Found(&"GET /a".into()));
        assert_eq!(router.find("PATCH", "/a"), Match::Found(&"ALL /a".into()));
        assert_eq!(router.find("OPTIONS", "/a"), Match::Found(&"ALL /a".into()));
    }

    #[test]
    fn paths_that_cannot_be_told_apart_are_refused_naming_both() {
        let text = router(&[("GET", "/a/{id}"), ("GET", "/a/{name}")])
            .unwrap_err()
            .join("\n");
        assert!(text.contains("/a/{id}") && text.contains("/a/{name}"), "{text}");
    }

    #[test]
    fn a_dot_segment_is_seen_however_it_is_written() {
        for path in [
            "/..",
            "/a/../b",
            "/a/.",
            "/a/%2e%2e/b",
            "/a/%2E.",
            "/a/..%2fb",
            "/a/%2e%2e%2Fb",
            "/a/..%5cb",
        ] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/", "/a.b/..c", "/a/...", "/a%20b", "/.well-known/x", "/%zz"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }
}
