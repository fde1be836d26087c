//! What the client gets of a failure: an RFC 9457 `application/problem+json`.

use std::time::Duration;

use http::HeaderValue;
use serde::Serialize;

use super::{failure::Error, kind::Kind};
use crate::message::{RequestId, Response};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Where a problem's `type` begins; [`Kind::slug`] is how it ends.
const TYPE_PREFIX: &str = "urn:gopool:problem:";

impl Error {
    /// What the client gets: the problem, and the headers that belong to it.
    pub(crate) fn to_response(&self, id: &RequestId) -> Response {
        let (_, slug, title) = self.0.kind.parts();
        let other = self.0.kind == Kind::Other;
        let problem = Problem {
            kind: if other {
                "about:blank".to_owned()
            } else {
                format!("{TYPE_PREFIX}{slug}")
            },
            title: if other {
                self.0.status.canonical_reason().unwrap_or(title)
            } else {
                title
            },
            status: self.code(),
            detail: self.public_detail(),
            request_id: id.as_str(),
        };
        // A struct of text and numbers: writing it cannot fail.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::with_body(PROBLEM_JSON, body).and_status(self.0.status);
        if let Some(wait) = self.0.retry_after {
            response = response.header("retry-after", &whole_seconds(wait).to_string());
        }
        for (name, value) in self.0.headers.map() {
            response = response.append(name.clone(), value.clone());
        }
        response
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// RFC 9457, section 3, with the request id as an extension.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    request_id: &'a str,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn body(error: &Error) -> serde_json::Value {
        serde_json::from_slice(error.to_response(&RequestId::from_client(b"r1").unwrap()).body()).unwrap()
    }

    #[test]
    fn the_private_cause_stays_out_of_the_response() {
        let error = Error::from(std::io::Error::other("secret"));
        assert!(!body(&error).to_string().contains("secret"));
        assert!(error.to_string().contains("secret"));
    }

    #[test]
    fn a_problem_names_its_type_its_status_and_the_request() {
        let problem = body(&Error::of(Kind::QueueFull).detail("2 tasks wait"));
        assert_eq!(problem["type"], "urn:gopool:problem:queue-full");
        assert_eq!(problem["status"], 503);
        assert_eq!(problem["detail"], "2 tasks wait");
        assert_eq!(problem["request_id"], "r1");
    }

    #[test]
    fn a_chosen_status_has_its_standard_title() {
        let problem = body(&Error::conflict("taken"));
        assert_eq!(
            (&problem["type"], &problem["title"]),
            (&"about:blank".into(), &"Conflict".into())
        );
    }

    #[test]
    fn retry_after_is_whole_seconds_and_at_least_one() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }

    #[test]
    fn the_headers_of_a_failure_go_with_its_problem() {
        let error = Error::unauthorized("sign in")
            .header("www-authenticate", "Bearer")
            .header("www-authenticate", "Basic realm=\"shop\"")
            .retry_after(Duration::from_secs(2));
        let response = error.to_response(&RequestId::random());
        let challenges: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(challenges, ["Bearer", "Basic realm=\"shop\""]);
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
        assert_eq!(response.media_type(), Some(&PROBLEM_JSON));
    }
}
