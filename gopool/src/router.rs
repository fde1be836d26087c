//! From a method and a path to a route: one radix tree, so a thousand routes cost what one does.

use http::Method;

use crate::{
    route::{Route, Verb},
    template::normal,
};

/// The longest path and query that is looked at, in bytes.
pub(crate) const MAX_TARGET: usize = 8 * 1024;

/// All routes; what they lead to is up to the caller.
///
/// Each method has a tree of its own, so that `GET /users/me` hides `DELETE /users/{id}` from nobody.
#[derive(Debug)]
pub(crate) struct Router<E> {
    endpoints: Vec<E>,
    /// By the methods that routes name, and `HEAD` where there is `GET`.
    trees: Vec<(&'static str, Tree)>,
    /// For all other methods: the routes for any.
    others: Tree,
}

/// From a path to the place of an endpoint.
type Tree = matchit::Router<usize>;

/// What a request's method and path come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match<'a, E> {
    /// This route.
    Found(&'a E),
    /// The path exists and says itself what it allows: `OPTIONS` without a handler.
    Options {
        /// The value of the `Allow` header.
        allow: String,
    },
    /// The path exists, for other methods.
    WrongMethod {
        /// The value of the `Allow` header.
        allow: String,
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
        let (routes, endpoints): (Vec<&Route>, Vec<E>) = endpoints.into_iter().unzip();
        let mut refusals = conflicts(&routes);
        refusals.extend(routes.iter().filter_map(|route| no_method(route)));
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let methods = methods(&routes).into_iter();
        Ok(Self {
            trees: methods.map(|method| (method, tree(&routes, method))).collect(),
            others: tree(&routes, ""),
            endpoints,
        })
    }

    /// Looks a request up. `HEAD` falls back to `GET`, whose body the server leaves out.
    pub(crate) fn find(&self, method: &str, path: &str) -> Match<'_, E> {
        let path = &*normal(path);
        let own = self.trees.iter().find(|(other, _)| *other == method);
        let tree = own.map_or(&self.others, |(_, tree)| tree);
        if let Ok(found) = tree.at(path) {
            return Match::Found(&self.endpoints[*found.value]);
        }
        let allow = self.allowed(path);
        match (allow.is_empty(), method) {
            (true, _) => Match::NotFound,
            (false, "OPTIONS") => Match::Options { allow },
            (false, _) => Match::WrongMethod { allow },
        }
    }

    /// The value of the `Allow` header; empty where nothing is allowed.
    fn allowed(&self, path: &str) -> String {
        let named = self.trees.iter().filter(|(_, tree)| tree.at(path).is_ok());
        let mut methods: Vec<&str> = named.map(|(method, _)| *method).collect();
        if !methods.is_empty() {
            methods.push("OPTIONS");
        }
        methods.sort_unstable();
        methods.dedup();
        methods.join(", ")
    }
}

/// The methods that need a tree.
fn methods(routes: &[&Route]) -> Vec<&'static str> {
    let mut methods: Vec<_> = routes.iter().filter_map(|route| named(route)).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn named(route: &Route) -> Option<&'static str> {
    match route.verb {
        Verb::Only(method) => Some(method),
        Verb::Any => None,
    }
}

/// What answers this method: its own routes, those of `GET` for `HEAD`, and those for any; on one path in this order.
fn tree(routes: &[&Route], method: &str) -> Tree {
    let mut tree = Tree::new();
    let get = if method == "HEAD" { "GET" } else { method };
    for wanted in [Some(method), Some(get), None] {
        for (place, route) in routes.iter().enumerate() {
            if named(route) == wanted {
                // What is refused is a path that has a route already: conflicts stop a launch before.
                let _ = tree.insert(route.template.as_str(), place);
            }
        }
    }
    tree
}

fn no_method(route: &Route) -> Option<String> {
    let method = named(route)?;
    let refusal = |_| format!("`{method}` is not a method: {route}");
    method.parse::<Method>().err().map(refusal)
}

/// Paths that no tree can tell apart, whatever their methods. `routes` are sorted, so those of one path stand together.
fn conflicts(routes: &[&Route]) -> Vec<String> {
    let mut paths = matchit::Router::new();
    let mut firsts: Vec<&Route> = Vec::new();
    let mut refusals = Vec::new();
    for route in routes {
        if firsts
            .last()
            .is_some_and(|first| first.template == route.template)
        {
            continue;
        }
        match paths.insert(route.template.as_str(), ()) {
            Ok(()) => firsts.push(route),
            Err(error) => refusals.push(conflict(route, &firsts, &error)),
        }
    }
    refusals
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
        "{route} of {} and {other} cannot be told apart: use the same names in the braces, or change one path",
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

/// Every method that one of these routes answers.
pub(crate) fn all_methods<'a>(routes: impl Iterator<Item = &'a Route>) -> String {
    let mut methods: Vec<&str> = vec!["OPTIONS"];
    for route in routes {
        match route.verb {
            Verb::Only("GET") => methods.extend(["GET", "HEAD"]),
            Verb::Only(method) => methods.push(method),
            Verb::Any => {}
        }
    }
    methods.sort_unstable();
    methods.dedup();
    methods.join(", ")
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
        let allow = "GET, HEAD, OPTIONS, PUT".to_owned();
        assert_eq!(
            router.find("DELETE", "/a"),
            Match::WrongMethod { allow: allow.clone() }
        );
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
    fn a_constant_path_hides_the_other_methods_of_a_wider_one_from_nobody() {
        let router = router(&[
            ("GET", "/u/me"),
            ("DELETE", "/u/{id}"),
            ("GET", "/f/{name}/raw"),
            ("PUT", "/f/new/{kind}"),
        ])
        .unwrap();
        let found = |method, path| match router.find(method, path) {
            Match::Found(route) => route.clone(),
            Match::WrongMethod { allow } => allow,
            other => format!("{other:?}"),
        };
        assert_eq!(found("DELETE", "/u/me"), "DELETE /u/{id}");
        assert_eq!(found("GET", "/u/me"), "GET /u/me");
        assert_eq!(found("POST", "/u/me"), "DELETE, GET, HEAD, OPTIONS");
        assert_eq!(found("GET", "/u/7"), "DELETE, OPTIONS");
        assert_eq!(found("GET", "/f/new/raw"), "GET /f/{name}/raw");
        assert_eq!(found("PUT", "/f/new/raw"), "PUT /f/new/{kind}");
        assert_eq!(found("POST", "/f/new/raw"), "GET, HEAD, OPTIONS, PUT");
    }

    #[test]
    fn text_beside_a_name_makes_a_path_narrower() {
        let router = router(&[
            ("GET", "/i/img-{id}"),
            ("GET", "/i/v{id}"),
            ("GET", "/p/v{id}.png"),
            ("GET", "/r/all.csv"),
            ("GET", "/r/{id}"),
            ("GET", "/r/{id}.csv"),
            ("PUT", "/r/{id}.csv"),
            ("GET", "/r/{id}.gz"),
            ("GET", "/r/{id}.tar.gz"),
        ])
        .unwrap();
        for (path, route) in [
            ("/r/7", "/r/{id}"),
            ("/r/7.csv", "/r/{id}.csv"),
            ("/r/7%2Ecsv", "/r/{id}.csv"),
            ("/r/7.tar.gz", "/r/{id}.tar.gz"),
            ("/r/7.gz", "/r/{id}.gz"),
            ("/r/all.csv", "/r/all.csv"),
            ("/r/.csv", "/r/{id}"),
            ("/r/7.csvx", "/r/{id}"),
            ("/i/img-7", "/i/img-{id}"),
            ("/i/v7.png", "/i/v{id}"),
            ("/p/v7.png", "/p/v{id}.png"),
        ] {
            assert_eq!(
                router.find("GET", path),
                Match::Found(&format!("GET {route}")),
                "{path}"
            );
        }
        for path in ["/r/7.csv/x", "/i/img-", "/p/v.png", "/p/v7", "/i/7"] {
            assert_eq!(router.find("GET", path), Match::NotFound, "{path}");
        }
        assert_eq!(
            router.find("PUT", "/r/7.csv"),
            Match::Found(&"PUT /r/{id}.csv".into())
        );
    }

    #[test]
    fn text_beside_names_that_cannot_be_told_apart_is_refused_naming_both() {
        for (one, other) in [
            ("/r/{id}.csv", "/r/{name}.csv"),
            ("/r/{id}.csv", "/r/v{id}"),
            ("/r/{id}.csv", "/r/{*rest}"),
        ] {
            let text = router(&[("GET", one), ("POST", other)]).unwrap_err().join("\n");
            assert!(text.contains(one) && text.contains(other), "{text}");
        }
    }

    #[test]
    fn the_narrower_path_wins_over_the_narrower_method() {
        let router = router(&[("ALL", "/u/me"), ("GET", "/u/{id}")]).unwrap();
        assert_eq!(router.find("GET", "/u/me"), Match::Found(&"ALL /u/me".into()));
        assert_eq!(router.find("HEAD", "/u/7"), Match::Found(&"GET /u/{id}".into()));
    }

    #[test]
    fn a_path_is_the_same_however_its_letters_are_written() {
        let router = router(&[("GET", "/caf%C3%A9/i"), ("GET", "/a%2Fb")]).unwrap();
        for path in ["/caf%C3%A9/i", "/caf%c3%a9/%69", "/%63af%C3%a9/i"] {
            assert_eq!(
                router.find("GET", path),
                Match::Found(&"GET /caf%C3%A9/i".into()),
                "{path}"
            );
        }
        assert_eq!(router.find("GET", "/a%2fb"), Match::Found(&"GET /a%2Fb".into()));
        for path in [
            "/a/b",
            "/a%2",
            "/a%",
            "/a%+2b",
            "/caf%C3%A9%2Fi",
            "/\u{20ac}%e2\u{20ac}",
        ] {
            assert_eq!(router.find("GET", path), Match::NotFound, "{path}");
        }
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
