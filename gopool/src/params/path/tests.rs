//! Which path fills which type, and what is said of the others.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, de::Error as _};

use super::Path;
use crate::{
    call::Call,
    context::Contexts,
    error::{Error, Kind},
    message::{Request, RequestId},
    params::Param,
};

fn read<T: serde::de::DeserializeOwned>(template: &'static str, path: &str) -> Result<T, Error> {
    let request = Request::new(Method::GET, path, RequestId::random());
    let call = Call::example(request, template, Contexts::default());
    Path::read(&call).map(|Path(value)| value)
}

fn refusal<T: serde::de::DeserializeOwned + std::fmt::Debug>(
    template: &'static str,
    path: &str,
) -> (Kind, String) {
    let error = read::<T>(template, path).unwrap_err();
    let cause = error.private_cause().map(ToString::to_string);
    let text = error.public_detail().map(str::to_owned).or(cause);
    (error.kind(), text.unwrap())
}

#[derive(Debug, PartialEq, Deserialize)]
struct Id(u64);

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Post {
    post: Option<String>,
    user: Id,
}

const POST: &str = "/users/{user}/posts/{post}";

#[test]
fn one_name_fills_a_scalar_a_newtype_an_enum_an_option_or_a_one_tuple() {
    assert_eq!(read::<u64>("/{id}", "/7").unwrap(), 7);
    assert!(read::<bool>("/{id}", "/true").unwrap());
    assert_eq!(read::<char>("/{id}", "/x").unwrap(), 'x');
    assert_eq!(read::<String>("/{id}", "/a%20b%2Fc").unwrap(), "a b/c");
    assert_eq!(read::<Id>("/{id}", "/7").unwrap(), Id(7));
    assert_eq!(read::<Colour>("/{id}", "/red").unwrap(), Colour::Red);
    assert_eq!(read::<Option<i8>>("/{id}", "/-1").unwrap(), Some(-1));
    assert_eq!(read::<(u8,)>("/{id}", "/7").unwrap(), (7,));
}

#[test]
fn many_names_fill_a_tuple_in_order_and_a_struct_or_map_by_name() {
    assert_eq!(
        read::<(Id, Colour)>(POST, "/users/7/posts/green").unwrap(),
        (Id(7), Colour::Green)
    );
    let post = read::<Post>(POST, "/users/7/posts/x").unwrap();
    assert_eq!(
        post,
        Post {
            post: Some("x".into()),
            user: Id(7)
        }
    );
    let map = read::<BTreeMap<String, String>>(POST, "/users/7/posts/x").unwrap();
    assert_eq!(map["user"], "7");
}

#[test]
fn a_rest_is_one_value_with_its_slashes() {
    assert_eq!(read::<String>("/f/{*rest}", "/f/a/b%20c").unwrap(), "a/b c");
}

#[test]
fn a_wrong_value_names_the_parameter_the_value_and_the_reason() {
    let expected = (
        Kind::BadPath,
        "`id` is `abc`: invalid digit found in string".to_owned(),
    );
    assert_eq!(refusal::<u64>("/{id}", "/abc"), expected);
    let (kind, text) = refusal::<Post>(POST, "/users/x/posts/y");
    assert_eq!(kind, Kind::BadPath);
    assert!(text.starts_with("`user` is `x`: "), "{text}");
    let (_, text) = refusal::<(u64, Colour)>(POST, "/users/1/posts/blue");
    assert!(
        text.starts_with("`post` is `blue`: unknown variant `blue`"),
        "{text}"
    );
}

/// Takes any text and likes only some of a certain length.
#[derive(Debug)]
struct Code;

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(match text.len() {
            6 => D::Error::custom("unknown code"),
            other => D::Error::invalid_length(other, &"6 letters"),
        })
    }
}

#[test]
fn a_text_that_its_type_refuses_is_the_clients_mistake_and_named_once() {
    for (code, reason) in [
        ("abcdef", "unknown code"),
        ("abc", "invalid length 3, expected 6 letters"),
    ] {
        let expected = (Kind::BadPath, format!("`code` is `{code}`: {reason}"));
        let path = format!("/{code}");
        assert_eq!(refusal::<Code>("/{code}", &path), expected);
        assert_eq!(refusal::<(Code,)>("/{code}", &path), expected);
        assert_eq!(refusal::<BTreeMap<String, Code>>("/{code}", &path), expected);
    }
}

#[test]
fn a_value_that_is_not_utf_8_is_refused() {
    let (kind, text) = refusal::<String>("/{id}", "/%ff");
    assert_eq!(kind, Kind::BadPath);
    assert_eq!(text, "`id` is `%ff`: not UTF-8 text once decoded");
}

#[test]
fn a_type_that_does_not_fit_its_route_is_not_the_clients_mistake() {
    for (kind, text) in [
        refusal::<u64>(POST, "/users/1/posts/2"),
        refusal::<(u64,)>(POST, "/users/1/posts/2"),
        refusal::<Post>("/{post}", "/2"),
    ] {
        assert_eq!(kind, Kind::Internal, "{text}");
        assert!(text.contains("does not fit the handler's `Path<"), "{text}");
    }
}
