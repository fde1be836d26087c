//! `Form<T>`: a body as an HTML form sends it.

use serde::de::DeserializeOwned;

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
        parse(call.request().body())
            .map(Self)
            .map_err(|reason| Error::of(Kind::InvalidBody).detail(reason))
    }
}

impl<T: DeserializeOwned> OptionalParam for Form<T> {
    fn is_absent(call: &Call) -> bool {
        call.request().body().is_empty()
    }
}

/// Reads `a=1&b=2`; the error names the field and the reason.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let pairs = serde_html_form::Deserializer::from_bytes(text);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let reason = match error.inner().to_string() {
            // What `serde_html_form` says of several values where the type wants one.
            reason if reason == "unsupported value" => "given more than once".to_owned(),
            reason => reason,
        };
        describe(error.path(), &reason)
    })
}
