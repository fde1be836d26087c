//! What each parameter accepts, and what it says of what it does not.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Uri,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::Deserialize;

use super::{Basic, Bearer, Body, Cookies, Ctx, Form, FromParams, LastEventId, Param, Query, checked};
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
    let untyped = Request::new(Method::POST, "/", RequestId::random()).with_body("{}");
    refused::<Body<Item>>(&call(untyped), Kind::UnsupportedType, &["without"]);
}

#[test]
fn an_empty_body_without_a_type_is_called_empty() {
    let empty = || call(Request::new(Method::POST, "/", RequestId::random()));
    refused::<Body<Item>>(&empty(), Kind::BadJson, &["the body is empty"]);
    refused::<Form<Item>>(&empty(), Kind::InvalidBody, &["missing field `id`"]);
    assert!(Option::<Body<Item>>::read(&empty()).unwrap().is_none());
}

#[test]
fn what_is_not_text_once_decoded_is_refused_naming_the_field() {
    for target in ["/?id=1&tags=%ff", "/?id=1&tags=a%C3", "/?id=1&tags=%C3%28"] {
        refused::<Query<Item>>(&get(target), Kind::BadQuery, &["`tags`", "UTF-8"]);
    }
    refused::<Query<Item>>(&get("/?%ff=1&id=1"), Kind::BadQuery, &["`%ff`", "UTF-8"]);
    let form = "application/x-www-form-urlencoded";
    refused::<Form<Item>>(&post(form, b"id=1&tags=\xff"), Kind::InvalidBody, &["`tags`"]);
    let Query(item) = Query::<Item>::read(&get("/?id=1&tags=%C3%A9+%zz%")).unwrap();
    assert_eq!(item.tags, ["\u{e9} %zz%"]);
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

fn with(headers: &[(&'static str, &'static str)]) -> Call {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    call(Request::new(Method::GET, "/?id=7", RequestId::random()).with_headers(map))
}

fn challenge(error: &Error) -> &str {
    error.headers()["www-authenticate"].to_str().unwrap()
}

#[test]
fn a_bearer_is_read_and_without_one_it_is_asked_for() {
    for value in ["Bearer abc", "bearer  abc ", "BEARER abc"] {
        let Bearer(token) = Bearer::read(&with(&[("authorization", value)])).unwrap();
        assert_eq!(token, "abc", "{value}");
    }
    for headers in [&[][..], &[("authorization", "Basic YTpi")]] {
        let error = Bearer::read(&with(headers)).unwrap_err();
        assert_eq!((error.code(), challenge(&error)), (401, "Bearer"));
        assert_eq!(Option::<Bearer>::read(&with(headers)).unwrap(), None);
    }
    let empty = Bearer::read(&with(&[("authorization", "Bearer")])).unwrap_err();
    assert!(challenge(&empty).contains("invalid_request"));
    assert!(!format!("{:?}", Bearer("secret".into())).contains("secret"));
}

#[test]
fn a_header_of_which_there_is_one_is_not_read_when_there_are_two() {
    let twice = |name: &'static str, value: &'static str| with(&[(name, value), (name, value)]);
    for value in ["Bearer a", "Basic YTpi"] {
        let call = twice("authorization", value);
        let read = [
            Bearer::read(&call).map(drop),
            Option::<Bearer>::read(&call).map(drop),
            Basic::read(&call).map(drop),
            Option::<Basic>::read(&call).map(drop),
        ];
        for read in read {
            let error = read.unwrap_err();
            assert_eq!((error.code(), error.kind()), (400, Kind::BadHeader));
            assert!(error.public_detail().unwrap().contains("`authorization`"));
        }
    }
    let call = twice("last-event-id", "7");
    assert_eq!(LastEventId::read(&call).unwrap_err().kind(), Kind::BadHeader);
    assert_eq!(
        Option::<LastEventId>::read(&call).unwrap_err().kind(),
        Kind::BadHeader
    );
    let call = twice("content-type", "application/json");
    assert_eq!(Body::<u8>::read(&call).unwrap_err().kind(), Kind::BadHeader);
}

#[test]
fn basic_is_a_name_and_a_password_which_may_have_colons() {
    let basic = Basic::read(&with(&[("authorization", "Basic QWxhZGRpbjpvcGVuOnNlc2FtZQ==")])).unwrap();
    assert_eq!((&*basic.user, &*basic.password), ("Aladdin", "open:sesame"));
    assert!(!format!("{basic:?}").contains("sesame"));
    for value in [
        "Basic ???",
        "Basic QWxhZGRpbg==",
        "Basic /w==",
        "Basic",
        "Bearer abc",
    ] {
        let error = Basic::read(&with(&[("authorization", value)])).unwrap_err();
        assert!(
            error.code() == 401 && challenge(&error).contains("realm="),
            "{value}"
        );
    }
    // Another scheme is none of this one; a broken one is there, and wrong.
    assert!(
        Option::<Basic>::read(&with(&[("authorization", "Bearer abc")]))
            .unwrap()
            .is_none()
    );
    assert!(Option::<Basic>::read(&with(&[("authorization", "Basic ???")])).is_err());
}

#[test]
fn cookies_are_read_from_all_their_headers() {
    let call = with(&[("cookie", "a=1; b=\"2\";c = x=y ;; =z; d"), ("cookie", "a=3")]);
    let cookies = Cookies::read(&call).unwrap();
    let pairs: Vec<_> = cookies.iter().collect();
    assert_eq!(pairs, [("a", "1"), ("b", "2"), ("c", "x=y"), ("a", "3")]);
    assert_eq!((cookies.get("a"), cookies.get("A")), (Some("1"), None));
    assert_eq!(format!("{cookies:?}"), r#"{"a", "b", "c", "a"}"#);
    assert_eq!(Option::<Cookies>::read(&get("/")).unwrap(), None);
}

/// Each is made with a number of its own.
#[derive(Debug, Clone, PartialEq, crate::Param)]
#[param(crate = crate)]
struct User {
    token: String,
    shared: String,
    number: usize,
}

impl FromParams for User {
    type From = (Bearer, Ctx<String>);

    fn from_params((Bearer(token), shared): Self::From) -> Result<Self, Error> {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        if token == "bad" {
            return Err(Error::unauthorized("the token is not valid"));
        }
        Ok(Self {
            token,
            shared: shared.to_string(),
            number: NEXT.fetch_add(1, Ordering::SeqCst),
        })
    }
}

/// Made from one that is made from others.
#[derive(Clone, crate::Param)]
#[param(crate = crate)]
struct Admin(User);

impl FromParams for Admin {
    type From = User;

    fn from_params(user: User) -> Result<Self, Error> {
        Ok(Self(user))
    }
}

#[test]
fn a_parameter_of_ones_own_needs_what_its_parts_need_and_is_made_once() {
    let specs = || <Admin as Param>::SPEC.with_parts();
    let names: Vec<&str> = specs().flat_map(|spec| spec.headers).copied().collect();
    assert_eq!(names, ["authorization"]);
    assert!(specs().any(|spec| spec.context.is_some()));
    let call = with(&[("authorization", "Bearer abc")]);
    let user = User::read(&call).unwrap();
    assert_eq!((&*user.token, &*user.shared), ("abc", "shared"));
    assert_eq!(Admin::read(&call).unwrap().0, user);
    assert_eq!(Option::<User>::read(&call).unwrap().as_ref(), Some(&user));
    let other = User::read(&with(&[("authorization", "Bearer abc")])).unwrap();
    assert_ne!(other.number, user.number, "another request has another one");
}

#[test]
fn an_option_is_none_for_what_is_left_out_and_a_result_says_what_is_wrong() {
    let (none, bad) = (get("/"), with(&[("authorization", "Bearer bad")]));
    assert_eq!(Option::<User>::read(&none).unwrap(), None);
    assert_eq!(Option::<User>::read(&bad).unwrap_err().code(), 401);
    assert_eq!(
        Result::<User, Error>::read(&bad).unwrap().unwrap_err().code(),
        401
    );
    assert!(
        Option::<Result<Query<Item>, Error>>::read(&none)
            .unwrap()
            .is_none()
    );
    assert!(Option::<Method>::read(&none).unwrap().is_some());
    assert!(Option::<Bytes>::read(&none).unwrap().is_none());
    let (query, method) = <(Option<Query<Item>>, Method)>::read(&with(&[])).unwrap();
    assert_eq!((query.unwrap().id, method), (7, Method::GET));
}

#[test]
fn an_optional_shared_value_in_a_parameter_may_be_missing_at_launch() {
    let missing = |spec: &'static crate::params::Spec| spec.with_parts().any(|spec| spec.context.is_some());
    assert!(missing(<(Ctx<u8>, Method)>::SPEC));
    assert!(!missing(<(Option<Ctx<u8>>, Method)>::SPEC));
    assert!(!missing(<Option<(Ctx<u8>, Method)>>::SPEC));
}

#[test]
#[should_panic(expected = "two arguments read the body")]
fn two_parts_that_read_the_body_are_two_readers() {
    checked(&[<(Bytes, Method)>::SPEC, <(Option<String>,)>::SPEC], false);
}

#[derive(Debug, Deserialize)]
struct Page {
    number: u32,
}

#[derive(Debug, Deserialize)]
struct TextPage {
    #[serde(deserialize_with = "super::from_text")]
    number: u32,
}

#[derive(Debug, Deserialize)]
struct Search<P> {
    word: String,
    #[serde(flatten)]
    page: P,
}

#[test]
fn a_flattened_number_is_read_from_its_text_or_refused_as_the_applications_mistake() {
    let call = get("/?word=a&number=7");
    let Query(search) = Query::<Search<TextPage>>::read(&call).unwrap();
    assert_eq!((&*search.word, search.page.number), ("a", 7));
    refused::<Query<Search<TextPage>>>(&get("/?word=a&number=x"), Kind::BadQuery, &["invalid digit"]);
    let number = Query::<Search<Page>>::read(&call).map(|search| search.0.page.number);
    let error = number.unwrap_err();
    assert_eq!((error.code(), error.public_detail()), (500, None));
    let text = error.to_string();
    for word in ["flatten", "from_text", "Search"] {
        assert!(text.contains(word), "{text}");
    }
    refused::<Query<Search<TextPage>>>(&get("/?number=7"), Kind::BadQuery, &["`word`"]);
}
