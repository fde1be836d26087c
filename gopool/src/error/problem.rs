//! What the client gets of a failure: an RFC 9457 `application/problem+json`.

use std::{borrow::Cow, time::Duration};

use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{failure::Error, kind::Kind, own::Own};
use crate::message::{RequestId, Response};

/// The challenge of a 401 that brings none of its own.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Where a problem's `type` begins; [`Kind::slug`] is how it ends.
const TYPE_PREFIX: &str = "urn:gopool:problem:";

impl Error {
    /// What the client gets: the problem, and the headers that belong to it.
    pub(crate) fn to_response(&self, id: &RequestId) -> Response {
        if let Some(answer) = &self.0.answer {
            return Response::clone(answer);
        }
        let (own, none) = (self.0.own.as_deref(), Own::default());
        let Own { kind, title, members } = own.unwrap_or(&none);
        let problem = Problem {
            kind: kind.as_deref().map_or_else(|| self.our_type(), Cow::Borrowed),
            title: title.as_deref().unwrap_or_else(|| self.our_title()),
            status: self.code(),
            detail: self.public_detail(),
            request_id: id.as_str(),
            members,
        };
        // A struct of text, numbers and what is JSON already: writing it cannot fail.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::with_body(PROBLEM_JSON, body).and_status(self.0.status);
        if let Some(wait) = self.0.retry_after {
            response = response.header("retry-after", &whole_seconds(wait).to_string());
        }
        // RFC 9110, 15.5.2: a 401 says how to sign in.
        if self.0.status == StatusCode::UNAUTHORIZED && !self.headers().contains_key(WWW_AUTHENTICATE) {
            response = response.append(WWW_AUTHENTICATE, CHALLENGE);
        }
        for (name, value) in self.0.headers.map() {
            response = response.append(name.clone(), value.clone());
        }
        response
    }

    fn our_type(&self) -> Cow<'static, str> {
        match self.0.kind {
            Kind::Other => "about:blank".into(),
            kind => format!("{TYPE_PREFIX}{}", kind.slug()).into(),
        }
    }

    fn our_title(&self) -> &'static str {
        let (_, _, title) = self.0.kind.parts();
        match self.0.kind {
            Kind::Other => self.0.status.canonical_reason().unwrap_or(title),
            _ => title,
        }
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// RFC 9457, section 3, with the request id and the application's own members as extensions.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    request_id: &'a str,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
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
    fn a_failure_has_the_type_the_title_and_the_members_that_it_is_given() {
        let error = Error::conflict("there are 2 left")
            .problem_type("https://shop.example/problems/out-of-stock")
            .title("Out of stock")
            .member("left", &2)
            .member("ids", &["a", "b"]);
        let problem = body(&error);
        assert_eq!(problem["type"], "https://shop.example/problems/out-of-stock");
        assert_eq!(
            (&problem["title"], &problem["status"]),
            (&"Out of stock".into(), &409.into())
        );
        assert_eq!((&problem["left"], &problem["ids"][1]), (&2.into(), &"b".into()));
        assert_eq!(problem["request_id"], "r1");
        let ours = body(&Error::of(Kind::QueueFull).member("waiting", &7));
        assert_eq!(
            (&ours["type"], &ours["waiting"]),
            (&"urn:gopool:problem:queue-full".into(), &7.into())
        );
    }

    #[test]
    fn retry_after_is_whole_seconds_and_at_least_one() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }

    #[test]
    fn a_401_always_challenges() {
        let response = Error::unauthorized("sign in").to_response(&RequestId::random());
        assert_eq!(response.headers().get(WWW_AUTHENTICATE), Some(&CHALLENGE));
        let response = Error::status(401).to_response(&RequestId::random());
        assert_eq!(response.headers().get(WWW_AUTHENTICATE), Some(&CHALLENGE));
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
