//! `Multipart<T>`: a form with files, as browsers send it.

mod field;
mod head;
mod part;
mod splitter;

use std::sync::Arc;

use http::header::CONTENT_TYPE;

pub use field::{Field, JsonPart, PartField, Parts};
pub use part::Part;

use super::{
    body,
    param::{OptionalParam, Param},
    spec::{Delivery, Spec},
    wrapper::derefs_to_its_value,
};
use crate::{
    call::Call,
    error::{Error, Kind},
};
use head::Parameters;
use splitter::Fault;

/// The most parts of a form, unless its struct says otherwise.
const MOST_PARTS: usize = 100;
/// The longest boundary: RFC 2046, 5.1.1.
const MOST_BOUNDARY: usize = 70;

/// A `multipart/form-data` body as the struct `T`, whose fields name the parts: text, numbers, files.
///
/// `#[derive(gopool::Multipart)]` makes a struct fit for it. A field is a [`Part`], which is a file; any `T: FromStr` (`String`, numbers, ...);
/// with `#[part(json)]` anything that serde reads from JSON; `Option<T>` when it may be missing; or `Vec<T>` when it may be repeated.
///
/// ```
/// use gopool::{Error, Multipart, Part};
///
/// #[derive(gopool::Multipart)]
/// struct Album {
///     title: String,
///     year: Option<u16>,
///     #[part(max = "5MB", types("image/*"))]
///     cover: Option<Part>,
///     #[part(name = "file", max_count = 20)]
///     files: Vec<Part>,
/// }
///
/// #[gopool::post("/v1/albums", max_body = "200MB")]
/// fn album(album: Multipart<Album>) -> Result<String, Error> {
///     let bytes: u64 = album.files.iter().map(Part::len).sum();
///     Ok(format!("{}: {} files, {bytes} bytes", album.title, album.files.len()))
/// }
///
/// // Without a server:
/// let form = Album { title: "Sea".into(), year: None, cover: None, files: vec![Part::new("waves")] };
/// assert_eq!(album(Multipart(form)).unwrap(), "Sea: 1 files, 5 bytes");
/// ```
///
/// The body is spooled like that of an [`Upload`](crate::Upload), and its parts are ranges of it, found on the thread of the handler (or of the pool, for
/// an `async fn`). The limits are `max_body` of the route for all of it, `max` for a part, `max_count` for a `Vec`, and `max_parts` for the number of
/// parts. Text and JSON, which are read into memory, have 64 KiB unless `max` says otherwise. What breaks a limit is 413, a part of another type than
/// `types` 415, a body that is no such form 400 `bad-multipart`, and a field that is unknown, missing, repeated or wrong 422, each with its name.
///
/// In an `Option` it is `None` when the body is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multipart<T>(pub T);

derefs_to_its_value!(Multipart);

/// A struct that is read from the parts of a form; derive it with `#[derive(gopool::Multipart)]`.
#[diagnostic::on_unimplemented(
    message = "`Multipart<{Self}>` needs a struct that names its parts",
    label = "does not name its parts",
    note = "add `#[derive(gopool::Multipart)]` to `{Self}`"
)]
pub trait FromMultipart: Sized {
    /// What its fields take.
    const FIELDS: &'static [Field];
    /// The most parts that it may have; `None` is 100.
    const MAX_PARTS: Option<usize> = None;
    /// Whether parts that no field takes are let go of.
    const IGNORES_UNKNOWN: bool = false;

    /// Reads them.
    ///
    /// # Errors
    /// When a part is missing or cannot be read; the error names it.
    fn from_parts(parts: &mut Parts) -> Result<Self, Error>;

    /// What is to be said of them in an OpenAPI document.
    #[cfg(feature = "openapi")]
    fn describe(it: &mut crate::describe::Operation<'_>) {
        let _ = it;
    }
}

impl<T: FromMultipart> Param for Multipart<T> {
    const SPEC: &'static Spec = &Spec {
        delivery: Delivery::Spooled,
        prepare: Some(|call| drop(split(call, T::MAX_PARTS))),
        ..body::TYPED
    };

    fn read(call: &Call) -> Result<Self, Error> {
        body::require_type(call, FORM, |media_type| media_type == FORM)?;
        let mut parts = Parts {
            parts: split(call, T::MAX_PARTS)?,
        };
        if !T::IGNORES_UNKNOWN {
            refuse_unknown(&parts, T::FIELDS)?;
        }
        T::from_parts(&mut parts).map(Self)
    }
}

impl<T: FromMultipart> OptionalParam for Multipart<T> {
    fn is_absent(call: &Call) -> bool {
        call.request().is_bodiless()
    }
}

const FORM: &str = "multipart/form-data";

/// The parts of a call's body, or why there are none; found once.
type Split = Arc<Result<Vec<Part>, Fault>>;

fn split(call: &Call, most: Option<usize>) -> Result<Vec<Part>, Error> {
    let split = call.once(|| Ok(Split::new(parts(call, most.unwrap_or(MOST_PARTS)))))?;
    let error = match &*split {
        Ok(parts) => return Ok(parts.clone()),
        Err(Fault::Malformed(reason)) => Error::of(Kind::BadMultipart).detail(format!("the form: {reason}")),
        Err(Fault::Unreadable(cause)) => Error::internal(cause.clone()),
        Err(Fault::Cancelled) => Error::of(Kind::Cancelled),
    };
    Err(error)
}

fn parts(call: &Call, most: usize) -> Result<Vec<Part>, Fault> {
    let body = call.request().content();
    let found = splitter::split(&body, &boundary(call)?, most)?;
    let mut parts = Vec::with_capacity(found.len());
    for splitter::Found { head, range } in found {
        let part = Part::of(body.slice(range), head);
        if !part.is_no_file() {
            parts.push(part.with_text_in_memory()?);
        }
    }
    Ok(parts)
}

/// What stands between the parts.
fn boundary(call: &Call) -> Result<String, Fault> {
    let malformed = |reason: String| Fault::Malformed(reason);
    let given = call.request().headers().get(CONTENT_TYPE);
    let given = given.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let given = given.as_deref().unwrap_or_default();
    let (_, rest) = given.split_once(';').unwrap_or_default();
    for parameter in (Parameters { rest }) {
        let (key, value) = parameter.map_err(malformed)?;
        if !key.eq_ignore_ascii_case("boundary") {
            continue;
        }
        return match value.len() {
            1..=MOST_BOUNDARY => Ok(value),
            _ => Err(malformed(format!(
                "its boundary has to have 1 to {MOST_BOUNDARY} bytes"
            ))),
        };
    }
    Err(malformed("its `content-type` has no `boundary`".to_owned()))
}

fn refuse_unknown(parts: &Parts, fields: &[Field]) -> Result<(), Error> {
    let is_known = |part: &&Part| fields.iter().any(|field| field.name == part.name);
    let Some(unknown) = parts.parts.iter().find(|part| !is_known(part)) else {
        return Ok(());
    };
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let name: String = unknown.name.chars().take(field::MOST_SAID).collect();
    let detail = format!("`{name}`: no such field; there are `{}`", names.join("`, `"));
    Err(Error::of(Kind::InvalidBody).detail(detail))
}
