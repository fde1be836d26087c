//! `Body<T>`: JSON; `Bytes` and `String`: the body as it is.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{
    field::describe,
    only::only,
    param::{OptionalParam, Param},
    spec::Spec,
    wrapper::derefs_to_its_value,
};
use crate::{
    call::Call,
    error::{Error, Kind},
};

/// What a parameter needs that reads the body by its content type.
pub(super) const TYPED: Spec = Spec {
    reads_body: true,
    headers: &["content-encoding", "content-type"],
    ..Spec::NONE
};

/// A JSON body as a `T`, sent as `application/json` or any `application/*+json`.
///
/// In an `Option` it is `None` when the body is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body<T>(pub T);

derefs_to_its_value!(Body);

impl<T: DeserializeOwned> Param for Body<T> {
    const SPEC: &'static Spec = &TYPED;

    fn read(call: &Call) -> Result<Self, Error> {
        require_type(call, "application/json", is_json)?;
        if call.request().body().is_empty() {
            return Err(Error::of(Kind::BadJson).detail("the body is empty"));
        }
        let mut json = serde_json::Deserializer::from_slice(call.request().body());
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| json_error(describe(error.path(), error.inner()), error.inner().classify()))?;
        json.end()
            .map_err(|error| json_error(error.to_string(), error.classify()))?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned> OptionalParam for Body<T> {
    fn is_absent(call: &Call) -> bool {
        call.request().body().is_empty()
    }
}

/// JSON of the wrong shape is the client's misunderstanding (422); what is no JSON at all is broken (400).
fn json_error(reason: String, category: Category) -> Error {
    let kind = if category == Category::Data {
        Kind::InvalidBody
    } else {
        Kind::BadJson
    };
    Error::of(kind).detail(reason)
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json"
        || media_type
            .strip_prefix("application/")
            .is_some_and(|rest| rest.ends_with("+json"))
}

/// Refuses a body of another type than the parameter reads.
pub(super) fn require_type(call: &Call, wanted: &str, accepts: fn(&str) -> bool) -> Result<(), Error> {
    let given = only(call, &CONTENT_TYPE)?;
    let given = given.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let refuse = |given| Error::of(Kind::UnsupportedType).detail(format!("send `{wanted}`, not {given}"));
    let Some(given) = given else {
        // Nobody says of nothing what it is; the parameter says what it misses.
        if call.request().is_bodiless() {
            return Ok(());
        }
        return Err(refuse("a body without a content type".to_owned()));
    };
    let media_type = given
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if accepts(&media_type) {
        require_plain(call)
    } else {
        Err(refuse(format!("`{media_type}`")))
    }
}

/// A compressed body would be called broken, which says nothing to whoever compressed it.
fn require_plain(call: &Call) -> Result<(), Error> {
    let codings = call.request().headers().get_all(CONTENT_ENCODING).iter();
    let mut codings = codings.map(|value| String::from_utf8_lossy(value.as_bytes()));
    match codings.find(|coding| !coding.eq_ignore_ascii_case("identity")) {
        Some(coding) => {
            let detail = format!("send the body as it is, not with the content encoding `{coding}`");
            // RFC 9110, 15.5.16: what it does read.
            let error = Error::of(Kind::UnsupportedType).header("accept-encoding", "identity");
            Err(error.detail(detail))
        }
        None => Ok(()),
    }
}

/// The body as it arrived, whatever its type.
impl Param for Bytes {
    const SPEC: &'static Spec = &Spec {
        reads_body: true,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        Ok(call.request().body().clone())
    }
}

/// The body as text, whatever its type; it must be UTF-8.
impl Param for String {
    const SPEC: &'static Spec = &Spec {
        reads_body: true,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        let text = std::str::from_utf8(call.request().body());
        text.map(str::to_owned).map_err(|error| {
            let detail = format!(
                "the body is not UTF-8 text: wrong byte at position {}",
                error.valid_up_to()
            );
            Error::of(Kind::InvalidBody).detail(detail)
        })
    }
}
