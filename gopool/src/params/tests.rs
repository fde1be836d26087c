//! What each parameter accepts, and what it says of what it does not.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Uri,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::Deserialize;

use super::{Body, Ctx, Form, Param, Query};
use crate::{
    call::Call,
    context::Contexts,
    error::{Error, Kind},
    message::{Request, RequestId},
};

#[derive(Debug, PartialEq, Deserialize)]
struct Item {
    id: u64,
    #[serde(default)]
    tags: Vec<String>,
}

fn call(request: Request) -> Call {
    let mut contexts = Contexts::default();
    contexts.insert(String::from("shared"));
    Call::example(request, "/", contexts)
}

fn get(target: &str) -> Call {
    call(Request::new(Method::GET, target, RequestId::random()))
}

fn post(media_type: &'static str, body: &'static [u8]) -> Call {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(media_type))]);
    call(
        Request::new(Method::POST, "/", RequestId::random())
            .with_headers(headers)
            .with_body(body),
    )
}

#[track_caller]
fn refused<P: Param>(call: &Call, kind: Kind, words: &[&str]) {
    let error: Error = P::read(call).err().unwrap();
    let detail = error.public_detail().unwrap();
    assert_eq!(error.kind(), kind, "{detail}");
    for word in words {
        assert!(detail.contains(word), "`{word}` is not in: {detail}");
    }
}

#[test]
fn a_query_fills_a_struct_and_repeated_keys_a_list() {
    let Query(item) = Query::<Item>::read(&get("/?id=7&tags=a&tags=b%20c")).unwrap();
    assert_eq!(
        item,
        Item {
            id: 7,
            tags: vec!["a".into(), "b c".into()]
        }
    );
}

#[test]
fn a_wrong_query_names_the_field_and_the_reason() {
    refused::<Query<Item>>(&get("/"), Kind::BadQuery, &["missing field `id`"]);
    refused::<Query<Item>>(&get("/?id=x"), Kind::BadQuery, &["`id`", "invalid digit"]);
    refused::<Query<Item>>(
        &get("/?id=1&id=2"),
        Kind::BadQuery,
        &["`id`: given more than once"],
    );
}

#[test]
fn an_optional_query_is_absent_or_right_but_never_wrong() {
    assert_eq!(Option::<Query<Item>>::read(&get("/")).unwrap(), None);
    assert!(Option::<Query<Item>>::read(&get("/?id=1")).unwrap().is_some());
    refused::<Option<Query<Item>>>(&get("/?id=x"), Kind::BadQuery, &["`id`"]);
}

#[test]
fn json_is_read_under_any_json_type() {
    for media_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.acme+json",
    ] {
        let Body(item) = Body::<Item>::read(&post(media_type, br#"{"id":7,"tags":["a"]}"#)).unwrap();
        assert_eq!(item.id, 7);
    }
}

#[test]
fn broken_json_is_400_and_the_wrong_shape_422() {
    refused::<Body<Item>>(&post("application/json", b"{"), Kind::BadJson, &["EOF", "line 1"]);
    refused::<Body<Item>>(
        &post("application/json", b""),
        Kind::BadJson,
        &["the body is empty"],
    );
    refused::<Body<Item>>(
        &post("application/json", b"{\"id\":1} x"),
        Kind::BadJson,
        &["trailing"],
    );
    refused::<Body<Item>>(&post("application/json", b"{\"id\":\xff}"), Kind::BadJson, &[]);
    let nested = post("application/json", br#"{"id":7,"tags":["a",5]}"#);
    refused::<Body<Item>>(&nested, Kind::InvalidBody, &["`tags[1]`", "expected a string"]);
}

#[test]
fn another_media_type_is_415_and_says_what_to_send() {
    refused::<Body<Item>>(
        &post("text/plain", b"{}"),
        Kind::UnsupportedType,
        &["application/json", "`text/plain`"],
    );
    refused::<Form<Item>>(
        &post("application/json", b"{}"),
        Kind::UnsupportedType,
        &["x-www-form-urlencoded"],
    );
    refused::<Body<Item>>(
        &call(Request::new(Method::POST, "/", RequestId::random())),
        Kind::UnsupportedType,
        &["without"],
    );
}

#[test]
fn a_compressed_body_is_415_and_not_called_broken() {
    let compressed = |coding| {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (CONTENT_ENCODING, HeaderValue::from_static(coding)),
        ];
        let request = Request::new(Method::POST, "/", RequestId::random());
        call(
            request
                .with_headers(HeaderMap::from_iter(headers))
                .with_body(&b"{\"id\":7}"[..]),
        )
    };
    refused::<Body<Item>>(
        &compressed("gzip"),
        Kind::UnsupportedType,
        &["content encoding `gzip`"],
    );
    assert_eq!(Body::<Item>::read(&compressed("identity")).unwrap().id, 7);
}

#[test]
fn a_form_fills_a_struct_or_is_422() {
    let form = "application/x-www-form-urlencoded";
    let Form(item) = Form::<Item>::read(&post(form, b"id=7&tags=a+b")).unwrap();
    assert_eq!(
        item,
        Item {
            id: 7,
            tags: vec!["a b".into()]
        }
    );
    refused::<Form<Item>>(&post(form, b"id=-1"), Kind::InvalidBody, &["`id`"]);
}

#[test]
fn raw_bodies_need_no_type_but_text_must_be_utf_8() {
    assert_eq!(
        Bytes::read(&post("x/y", b"\xff\x00")).unwrap(),
        Bytes::from_static(b"\xff\x00")
    );
    assert_eq!(
        String::read(&post("x/y", "h\u{e9}".as_bytes())).unwrap(),
        "h\u{e9}"
    );
    refused::<String>(&post("x/y", b"ab\xff"), Kind::InvalidBody, &["position 2"]);
}

#[test]
fn a_shared_value_is_found_and_a_missing_one_is_our_fault() {
    assert_eq!(&**Ctx::<String>::read(&get("/")).unwrap(), "shared");
    assert_eq!(Ctx::<u8>::read(&get("/")).unwrap_err().code(), 500);
    assert!(Option::<Ctx<u8>>::read(&get("/")).unwrap().is_none());
}

#[test]
fn parts_of_the_request_are_handed_over_as_they_are() {
    let call = get("/a%20b?c=d");
    assert_eq!(Uri::read(&call).unwrap().path(), "/a%20b");
    assert_eq!(Method::read(&call).unwrap(), Method::GET);
    assert_eq!(RequestId::read(&call).unwrap(), *call.request().id());
}
