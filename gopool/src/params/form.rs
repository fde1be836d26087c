//! `Form<T>`: a body as an HTML form sends it.

use std::{fmt::Display, str::FromStr};

use percent_encoding::percent_decode;
use serde::{
    Deserialize as _, Deserializer,
    de::{DeserializeOwned, Error as _},
};

use super::{
    body,
    field::describe,
    param::{OptionalParam, Param},
    spec::Spec,
    wrapper::derefs_to_its_value,
};
use crate::{
    call::Call,
    error::{Error, Kind},
};

/// An `application/x-www-form-urlencoded` body as a `T`. A repeated key fills a `Vec` field.
///
/// In an `Option` it is `None` when the body is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form<T>(pub T);

derefs_to_its_value!(Form);

impl<T: DeserializeOwned> Param for Form<T> {
    const SPEC: &'static Spec = &body::TYPED;

    fn read(call: &Call) -> Result<Self, Error> {
        body::require_type(call, "application/x-www-form-urlencoded", |media_type| {
            media_type == "application/x-www-form-urlencoded"
        })?;
        parse(call.request().body(), Kind::InvalidBody).map(Self)
    }
}

impl<T: DeserializeOwned> OptionalParam for Form<T> {
    fn is_absent(call: &Call) -> bool {
        call.request().body().is_empty()
    }
}

/// Reads `a=1&b=2`; a failure of this kind names the field and the reason.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8], kind: Kind) -> Result<T, Error> {
    let refuse = |reason| Error::of(kind).detail(reason);
    require_text(text).map_err(refuse)?;
    let pairs = serde_html_form::Deserializer::from_bytes(text);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let reason = match error.inner().to_string() {
            // What `serde_html_form` says of several values where the type wants one.
            reason if reason == "unsupported value" => "given more than once".to_owned(),
            // It makes numbers of text itself. So here it was not asked to, and no client could have sent anything better.
            reason if reason.starts_with("invalid type: string") => return unreadable::<T>(&reason),
            reason => reason,
        };
        refuse(describe(error.path(), &reason))
    })
}

/// What `#[serde(flatten)]`, untagged and internally tagged types make of a field that is not text: they keep the text, and then want
/// something else.
fn unreadable<T>(reason: &str) -> Error {
    Error::internal(format!(
        "`{}` cannot be read from text: {reason}; a field that is not text, behind `#[serde(flatten)]` or in an untagged enum, needs \
         `#[serde(deserialize_with = \"gopool::from_text\")]`",
        std::any::type_name::<T>()
    ))
}

/// Reads a field from its text, for `#[serde(deserialize_with = "gopool::from_text")]` on a field behind `#[serde(flatten)]`.
///
/// ```
/// use gopool::Query;
///
/// #[derive(serde::Deserialize)]
/// struct Page {
///     #[serde(deserialize_with = "gopool::from_text")]
///     number: u32,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Search {
///     word: String,
///     #[serde(flatten)]
///     page: Page,
/// }
///
/// #[gopool::get("/v1/search")]
/// fn search(search: Query<Search>) -> String {
///     format!("{} {}", search.word, search.page.number)
/// }
/// ```
///
/// # Errors
/// The text cannot be read as a `T`.
pub fn from_text<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

/// Refuses what is not UTF-8 once decoded: the parser would put replacement characters in its place and say nothing.
fn require_text(pairs: &[u8]) -> Result<(), String> {
    if pairs.is_ascii() && !pairs.contains(&b'%') {
        return Ok(());
    }
    for pair in pairs.split(|byte| *byte == b'&') {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(end);
        let is_text = |side| percent_decode(side).decode_utf8().is_ok();
        if !is_text(name) || !is_text(value) {
            let name = String::from_utf8_lossy(name);
            return Err(format!("`{name}`: not UTF-8 text once decoded"));
        }
    }
    Ok(())
}
