//! What gopool itself could not answer as asked, and the application's function that answers it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::{Method, header::CONTENT_TYPE};

use super::{handler::Outcome, site::Site};
use crate::{
    error::{Error, Kind},
    message::{RequestId, Response},
};

/// A request that gopool itself could not answer as asked, for the application's [`on_failure`](macro@crate::on_failure).
///
/// ```
/// use gopool::{Error, Failure, Kind};
///
/// #[gopool::on_failure]
/// fn failed(failure: Failure) -> Error {
///     match failure.error().kind() {
///         Kind::NotFound => failure.into_error().title("There is nothing here"),
///         kind => failure.into_error().problem_type(&format!("https://shop.example/problems/{}", kind.slug())),
///     }
/// }
///
/// let error = failed(Failure::new(Error::not_found("")));
/// assert_eq!(error.code(), 404);
/// ```
///
/// A page for people is a [`Response`], or any other reply. One without a status of its own gets the failure's; and it gets the headers
/// that belong to the failure, such as `allow`.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    method: Method,
    path: String,
    prefers_html: bool,
}

impl Failure {
    /// One of `GET /`, for a unit test.
    pub fn new(error: Error) -> Self {
        Self::of(error, Method::GET, "/", None)
    }

    /// One of this request; `accept` is what the client says that it reads.
    pub(crate) fn of(error: Error, method: Method, path: &str, accept: Option<&[u8]>) -> Self {
        Self {
            error,
            method,
            path: path.to_owned(),
            prefers_html: accept.is_some_and(is_html),
        }
    }

    /// What went wrong, without its private cause.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The same, to be returned with other words.
    pub fn into_error(self) -> Error {
        self.error
    }

    /// The method that was asked for; `GET` of what was no request at all.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path that was asked for, percent-encoded, without the query; `/` of what was no request at all.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the client names `text/html` among what it reads, as browsers do and programs do not.
    pub fn prefers_html(&self) -> bool {
        self.prefers_html
    }
}

fn is_html(accept: &[u8]) -> bool {
    let accept = String::from_utf8_lossy(accept);
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_html = parts
            .next()
            .is_some_and(|range| range.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// The function that answers failures.
#[derive(Debug, Clone, Copy)]
pub struct OnFailure {
    /// The function.
    pub run: fn(Failure) -> Outcome,
    /// Where it was written.
    pub site: Site,
}

inventory::collect!(OnFailure);

impl OnFailure {
    /// The application's answer to a failure for which no handler chose the status; `None` for others.
    pub(crate) fn answer(&self, failure: Failure, id: &RequestId) -> Option<Response> {
        if failure.error.kind() == Kind::Other {
            return None;
        }
        let ours = failure.error.to_response(id);
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(failure)));
        let answered = match outcome {
            // What goes wrong beside the pool has nobody to make it.
            Ok(Ok(response)) if response.flow().is_some() => {
                Err("it returned a stream; return a body that is there as a whole".to_owned())
            }
            Ok(Ok(response)) => response.checked(),
            Ok(Err(error)) => return Some(error.to_response(id)),
            Err(_) => Err("it panicked; the message stands above".to_owned()),
        };
        match answered {
            Ok(response) => Some(completed(response, &ours)),
            Err(reason) => {
                tracing::error!(request_id = id.as_str(), site = %self.site, %reason, "`on_failure` failed");
                None
            }
        }
    }
}

/// With the status and the headers of the failure, where it has none of its own.
fn completed(response: Response, ours: &Response) -> Response {
    let own = response.headers().clone();
    let mut response = match response.code() {
        200..300 => response.and_status_of(ours),
        _ => response,
    };
    for (name, value) in ours.headers() {
        if !own.contains_key(name) && name != CONTENT_TYPE {
            response = response.append(name.clone(), value.clone());
        }
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn answered(run: fn(Failure) -> Outcome, error: Error) -> Option<Response> {
        let site = Site {
            function: "failed",
            package: "shop",
            module: "shop",
            file: "src/main.rs",
            line: 7,
        };
        let failure = Failure::of(error, Method::PUT, "/a", None);
        OnFailure { run, site }.answer(failure, &RequestId::random())
    }

    fn page(failure: Failure) -> Outcome {
        Ok(Response::ok().text(format!("{} {}", failure.method(), failure.path())))
    }

    #[test]
    fn a_page_has_the_status_and_the_headers_of_the_failure() {
        let error = || Error::of(Kind::MethodNotAllowed).header("allow", "GET");
        let response = answered(page, error()).unwrap();
        assert_eq!((response.code(), &response.body()[..]), (405, &b"PUT /a"[..]));
        assert_eq!(response.headers().get("allow").unwrap(), "GET");
        let own = answered(|_| Ok(Response::status(303).header("allow", "PUT")), error()).unwrap();
        let allow: Vec<_> = own.headers().get_all("allow").iter().collect();
        assert_eq!(own.code(), 303);
        assert_eq!(allow, ["PUT"]);
    }

    #[test]
    fn a_failure_in_other_words_is_a_problem() {
        let response = answered(
            |failure| Err(failure.into_error().title("Nothing here")),
            Error::of(Kind::NotFound),
        );
        let response = response.unwrap();
        assert_eq!(response.code(), 404);
        assert!(String::from_utf8_lossy(response.body()).contains("Nothing here"));
    }

    #[test]
    fn what_a_handler_chose_is_not_asked_about_and_a_broken_function_changes_nothing() {
        assert!(answered(page, Error::not_found("no such item")).is_none());
        assert!(answered(|_| Ok(Response::status(42)), Error::of(Kind::NotFound)).is_none());
        // Nobody would make the stream.
        let streams = |_| Ok(Response::ok().stream("text/plain", |_| Ok(())));
        assert!(answered(streams, Error::of(Kind::NotFound)).is_none());
    }

    #[test]
    fn browsers_prefer_html_and_programs_do_not() {
        for (accept, html) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/json, Text/HTML;q=0.1", true),
            ("*/*", false),
            ("application/json", false),
            ("text/html;q=0", false),
            ("text/html5", false),
        ] {
            let failure = Failure::of(
                Error::of(Kind::NotFound),
                Method::GET,
                "/",
                Some(accept.as_bytes()),
            );
            assert_eq!(failure.prefers_html(), html, "{accept}");
        }
        assert!(!Failure::new(Error::of(Kind::NotFound)).prefers_html());
    }
}
