//! Which rules are broken, and where the client is told to look.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::message::{Request, RequestId};

#[derive(Debug, Deserialize, garde::Validate)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[garde(length(min = 1))]
    full_name: String,
    #[garde(dive)]
    items: Vec<Item>,
    #[serde(rename = "e-mail address")]
    #[garde(inner(ascii))]
    mail: Option<String>,
    #[serde(flatten)]
    #[garde(dive)]
    page: Page,
    #[garde(dive)]
    pay: Option<Pay>,
    #[garde(dive)]
    code: Option<Code>,
}

#[derive(Debug, Deserialize, garde::Validate)]
struct Item {
    #[garde(range(min = 1, max = 9))]
    count: u32,
}

#[derive(Debug, Deserialize, garde::Validate)]
struct Page {
    #[serde(default)]
    #[garde(range(max = 10))]
    number: u32,
}

#[derive(Debug, Deserialize, garde::Validate)]
enum Pay {
    Card {
        #[garde(length(min = 4))]
        digits: String,
    },
}

#[derive(Debug, Deserialize, garde::Validate)]
struct Code(#[garde(length(equal = 2))] String);

fn post(media_type: &'static str, body: impl Into<bytes::Bytes>) -> Call {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(media_type))]);
    let request = Request::new(Method::POST, "/", RequestId::random());
    Call::for_test(request.with_headers(headers).with_body(body), "/")
}

fn get(target: &str, path: &'static str) -> Call {
    Call::for_test(Request::new(Method::GET, target, RequestId::random()), path)
}

/// The kind, and where something is wrong.
#[track_caller]
fn broken<P: Param>(call: &Call) -> (Kind, Vec<String>) {
    let error = P::read(call).err().unwrap();
    let problem: Value = serde_json::from_slice(error.to_response(&RequestId::random()).body()).unwrap();
    let errors = problem["errors"].as_array().unwrap();
    assert!(
        errors
            .iter()
            .all(|error| error["detail"].as_str().is_some_and(|text| !text.is_empty()))
    );
    let pointers = errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned());
    (error.kind(), pointers.collect())
}

#[test]
fn every_broken_rule_is_told_in_the_clients_names() {
    let body = json!({
        "fullName": "", "items": [{ "count": 1 }, { "count": 0 }, { "count": 10 }], "e-mail address": "ä",
        "number": 11, "pay": { "Card": { "digits": "1" } }, "code": "abc",
    });
    let (kind, pointers) = broken::<Valid<Body<Order>>>(&post("application/json", body.to_string()));
    assert_eq!(kind, Kind::InvalidBody);
    assert_eq!(
        pointers,
        [
            "#/code",
            "#/fullName",
            "#/items/1/count",
            "#/items/2/count",
            // What is called something else altogether is told by its name in Rust.
            "#/mail",
            "#/number",
            "#/pay/Card/digits"
        ]
    );
}

#[test]
fn what_keeps_the_rules_is_read_and_what_is_of_the_wrong_shape_has_its_own_words() {
    let right = post("application/json", r#"{ "fullName": "ann", "items": [] }"#);
    assert_eq!(Valid::<Body<Order>>::read(&right).unwrap().full_name, "ann");
    let wrong = post("application/json", r#"{ "fullName": "ann", "items": 1 }"#);
    let error = Valid::<Body<Order>>::read(&wrong).unwrap_err();
    assert!(error.public_detail().unwrap().contains("`items`"), "{error}");
}

#[derive(Debug, Deserialize, garde::Validate)]
struct Search {
    #[garde(length(min = 2))]
    word: String,
    #[serde(default)]
    #[garde(length(max = 2), inner(ascii))]
    tags: Vec<String>,
}

#[test]
fn a_query_and_a_form_are_told_by_their_names() {
    let (kind, pointers) = broken::<Valid<Query<Search>>>(&get("/?word=a&tags=b&tags=%C3%A4", "/"));
    assert_eq!(
        (kind, &pointers[..]),
        (Kind::BadQuery, &["#/tags/1".to_owned(), "#/word".to_owned()][..])
    );
    let form = post("application/x-www-form-urlencoded", "word=ab&tags=%C3%A4");
    let (kind, pointers) = broken::<Valid<Form<Search>>>(&form);
    assert_eq!(
        (kind, &pointers[..]),
        (Kind::InvalidBody, &["#/tags".to_owned()][..])
    );
    assert!(
        Option::<Valid<Query<Search>>>::read(&get("/", "/"))
            .unwrap()
            .is_none()
    );
    assert!(Option::<Valid<Query<Search>>>::read(&get("/?word=a", "/")).is_err());
}

#[derive(Debug, Deserialize, garde::Validate)]
struct Id(#[garde(range(min = 1))] u64);

#[derive(Debug, Deserialize, garde::Validate)]
struct Post {
    #[garde(range(min = 1))]
    post: u64,
    #[garde(ascii)]
    user: String,
}

#[test]
fn a_path_is_told_by_its_names() {
    let (kind, pointers) = broken::<Valid<Path<Post>>>(&get("/%C3%A4/0", "/{user}/{post}"));
    assert_eq!(
        (kind, &pointers[..]),
        (Kind::BadPath, &["#/post".to_owned(), "#/user".to_owned()][..])
    );
    let (_, pointers) = broken::<Valid<Path<Id>>>(&get("/0", "/{id}"));
    assert_eq!(pointers, ["#"]);
}

struct Client {
    x_tenant: u32,
}

impl garde::Validate for Client {
    type Context = ();

    fn validate_into(&self, (): &(), path: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if self.x_tenant == 0 {
            report.append(path().join("x_tenant"), garde::Error::new("nobody is 0"));
        }
    }
}

impl FromHeaders for Client {
    const NAMES: &'static [&'static str] = &["x-tenant"];

    fn from_headers(_: &HeaderMap) -> Result<Self, Error> {
        Ok(Self { x_tenant: 0 })
    }
}

#[test]
fn a_header_is_told_by_its_name() {
    let call = get("/", "/");
    assert_eq!(
        broken::<Valid<Header<Client>>>(&call),
        (Kind::BadHeader, vec!["#/x-tenant".to_owned()])
    );
    let error = Valid::<Header<Client>>::read(&call).err().unwrap();
    assert_eq!(error.public_detail(), Some("`#/x-tenant`: nobody is 0"));
}

#[test]
fn the_list_is_bounded_and_says_how_many_there_are() {
    let items: Vec<_> = (0..1000).map(|_| json!({ "count": 0 })).collect();
    let body = json!({ "fullName": "ann", "items": items }).to_string();
    let call = post("application/json", body);
    assert_eq!(broken::<Valid<Body<Order>>>(&call).1.len(), MOST_TOLD);
    let error = Valid::<Body<Order>>::read(&call).unwrap_err();
    assert_eq!(
        error.public_detail(),
        Some("1000 values are not valid; the first 64 are told")
    );
}

#[test]
fn a_name_is_escaped_as_a_pointer_and_as_a_fragment() {
    let path = garde::Path::new("a/b~c d%").join(1_usize);
    assert_eq!(pointer(&path, &Value::Null), "#/a~1b~0c%20d%25/1");
    assert_eq!(pointer(&garde::Path::empty(), &Value::Null), "#");
}
