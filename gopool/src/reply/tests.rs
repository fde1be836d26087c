//! Which return value becomes which response.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::{
    HandlerError, Reply, Status,
    by_type::{choose, settle},
    returned::returned,
};
use crate::{
    error::{Error, Kind},
    message::Response,
    route::Outcome,
};
use bytes::Bytes;
use serde::{Serialize, Serializer};

/// What the expansion of a route does with the handler's value.
macro_rules! answer {
    ($value:expr) => {{
        let it = returned(|| Ok($value));
        let it = settle(&it)[()](it, HandlerError::into_error);
        choose(&it)[()](it, Reply::reply)
    }};
}

fn parts(outcome: Outcome) -> (u16, String, String) {
    let response = outcome.unwrap();
    let media_type = response.media_type().map_or("", |value| value.to_str().unwrap());
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    (response.code(), media_type.to_owned(), body)
}

fn expected(code: u16, media_type: &str, body: &str) -> (u16, String, String) {
    (code, media_type.to_owned(), body.to_owned())
}

#[derive(Serialize)]
struct Greeting {
    hello: &'static str,
}

const GREETING: Greeting = Greeting { hello: "x" };

#[test]
fn a_serialisable_value_is_json() {
    assert_eq!(
        parts(answer!(GREETING)),
        expected(200, "application/json", r#"{"hello":"x"}"#)
    );
    assert_eq!(
        parts(answer!(vec![1_u64, 2])),
        expected(200, "application/json", "[1,2]")
    );
}

#[test]
fn text_and_bytes_are_sent_as_they_are_although_they_are_serialisable_too() {
    let text = "text/plain; charset=utf-8";
    assert_eq!(parts(answer!("a")), expected(200, text, "a"));
    assert_eq!(parts(answer!(String::from("a"))), expected(200, text, "a"));
    let bytes = answer!(Bytes::from_static(b"a"));
    assert_eq!(parts(bytes), expected(200, "application/octet-stream", "a"));
}

#[test]
fn nothing_is_204_and_a_response_is_itself() {
    assert_eq!(parts(answer!(())), expected(204, "", ""));
    assert_eq!(answer!(Response::status(418)).unwrap().code(), 418);
}

#[test]
fn a_status_changes_the_code_of_text_and_of_json() {
    let json = answer!(Status::<201, _>(GREETING));
    assert_eq!(parts(json), expected(201, "application/json", r#"{"hello":"x"}"#));
    let text = answer!(Status::<202, _>("queued"));
    assert_eq!(parts(text), expected(202, "text/plain; charset=utf-8", "queued"));
}

#[test]
fn a_status_without_a_body_has_none() {
    assert_eq!(parts(answer!(Status::<304, _>(GREETING))), expected(304, "", ""));
    assert_eq!(parts(answer!(Status::<204, _>("text"))), expected(204, "", ""));
}

#[test]
fn a_result_is_what_is_in_it() {
    let good: Result<Status<201, Greeting>, Error> = Ok(Status(GREETING));
    assert_eq!(answer!(good).unwrap().code(), 201);
    let bad: Result<Greeting, std::io::Error> = Err(std::io::Error::other("secret"));
    let error = answer!(bad).unwrap_err();
    assert_eq!((error.kind(), error.public_detail()), (Kind::Internal, None));
}

#[test]
fn a_value_that_cannot_be_written_is_an_internal_error_with_its_cause() {
    struct Stubborn;
    impl Serialize for Stubborn {
        fn serialize<S: Serializer>(&self, _to: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("stubborn"))
        }
    }
    let error = answer!(Stubborn).unwrap_err();
    assert_eq!(error.kind(), Kind::Internal);
    assert_eq!(error.private_cause().unwrap().to_string(), "stubborn");
}

#[test]
fn every_kind_of_text_is_text_and_of_bytes_bytes() {
    use std::{borrow::Cow, sync::Arc};
    let text = "text/plain; charset=utf-8";
    assert_eq!(parts(answer!(Cow::Borrowed("a"))), expected(200, text, "a"));
    assert_eq!(
        parts(answer!(Cow::<'static, str>::Owned("a".into()))),
        expected(200, text, "a")
    );
    assert_eq!(parts(answer!(Box::<str>::from("a"))), expected(200, text, "a"));
    assert_eq!(parts(answer!(Arc::<str>::from("a"))), expected(200, text, "a"));
    assert_eq!(
        parts(answer!(vec![b'a'])),
        expected(200, "application/octet-stream", "a")
    );
}

#[test]
fn what_is_missing_is_404_also_in_a_result() {
    use crate::error::Problem;
    struct Teapot;
    impl Problem for Teapot {
        fn problem(&self) -> Error {
            Error::status(418)
        }
    }
    let json = expected(200, "application/json", r#"{"hello":"x"}"#);
    assert_eq!(parts(answer!(Some(GREETING))), json);
    assert_eq!(answer!(None::<Greeting>).unwrap_err().code(), 404);
    assert_eq!(answer!(None::<String>).unwrap_err().code(), 404);
    assert_eq!(parts(answer!(Ok::<_, Error>(Some(GREETING)))), json);
    assert_eq!(
        answer!(Ok::<Option<Greeting>, Error>(None)).unwrap_err().code(),
        404
    );
    assert_eq!(
        answer!(Ok::<Option<Greeting>, std::io::Error>(None))
            .unwrap_err()
            .code(),
        404
    );
    assert_eq!(answer!(Ok::<Option<&str>, Teapot>(None)).unwrap_err().code(), 404);
    assert_eq!(
        answer!(Err::<Option<&str>, Teapot>(Teapot)).unwrap_err().code(),
        418
    );
    assert_eq!(answer!(Err::<&str, Teapot>(Teapot)).unwrap_err().code(), 418);
    // In a status it is a value.
    assert_eq!(
        parts(answer!(Status::<200, Option<u8>>(None))),
        expected(200, "application/json", "null")
    );
}

#[test]
fn a_reply_brings_a_status_and_headers_along() {
    let made = answer!((Status::<201>(()), [("location", "/a/7"), ("x-a", "1")], GREETING)).unwrap();
    assert_eq!(
        (made.code(), &made.headers()["location"]),
        (201, &http::HeaderValue::from_static("/a/7"))
    );
    assert_eq!(&made.body()[..], br#"{"hello":"x"}"#);
    let text = answer!((
        Status::<202>(()),
        vec![("set-cookie".to_owned(), "a=1".to_owned())],
        "queued"
    ))
    .unwrap();
    assert_eq!((text.code(), &text.body()[..]), (202, &b"queued"[..]));
    let map = http::HeaderMap::from_iter([(http::header::ETAG, http::HeaderValue::from_static("\"7\""))]);
    let unchanged = answer!((Status::<304>(()), map, "left out")).unwrap();
    assert_eq!(
        (
            unchanged.code(),
            unchanged.body().len(),
            unchanged.headers().len()
        ),
        (304, 0, 1)
    );
    let broken = answer!((Status::<200>(()), [("bad name", "1")], "x")).unwrap_err();
    assert!(broken.to_string().contains("`bad name`"), "{broken}");
}

#[test]
fn a_redirect_says_where_to_and_how() {
    use crate::Redirect;
    for (redirect, code) in [
        (Redirect::to("/a?b=c"), 303),
        (Redirect::temporary("/a?b=c"), 307),
        (Redirect::permanent("/a?b=c"), 308),
    ] {
        let response = answer!(redirect).unwrap();
        assert_eq!(
            (response.code(), response.headers()["location"].to_str().unwrap()),
            (code, "/a?b=c")
        );
    }
    assert!(answer!(Redirect::to("/a\r\nx-b: 1")).is_err());
}
