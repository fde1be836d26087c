//! One field of a `Multipart<T>`: the ways in which parts of a form fill it.

use std::{fmt::Display, str::FromStr};

use serde::de::DeserializeOwned;

use super::part::{Part, TEXT};
use crate::{
    error::{Error, Kind},
    params::field::describe,
};

/// How much of a wrong text is said back.
pub(super) const MOST_SAID: usize = 64;

/// What a field takes, as constant data.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// That of the parts.
    pub name: &'static str,
    /// The most bytes of one part.
    pub max: Option<u64>,
    /// The media types of its parts, such as `image/*`; all when empty.
    pub types: &'static [&'static str],
    /// The most parts.
    pub max_count: Option<usize>,
}

/// The parts of one form that no field has taken.
#[derive(Debug)]
pub struct Parts {
    pub(super) parts: Vec<Part>,
}

impl Parts {
    fn take(&mut self, field: &Field) -> Result<Vec<Part>, Error> {
        let parts: Vec<Part> = self
            .parts
            .extract_if(.., |part| part.name == field.name)
            .collect();
        if let Some(most) = field.max_count.filter(|most| parts.len() > *most) {
            return Err(wrong(field, &format!("it is given more than {most} times")));
        }
        for part in &parts {
            check(part, field)?;
        }
        Ok(parts)
    }
}

/// What a part of a form can become.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a part of a form",
    label = "cannot be made from a part",
    note = "a field of a form is a `gopool::multipart::Part` (a file), `String`, a number, or another `T: FromStr` whose error can be displayed; \
            with `#[part(json)]` any `T: DeserializeOwned`; `Option<T>` when it may be missing; `Vec<T>` when it may be repeated"
)]
pub trait PartField: Sized {
    /// Reads one part.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    fn from_part(part: Part, field: &Field) -> Result<Self, Error>;

    /// Whether this part says that there is none.
    fn is_none(part: &Part) -> bool {
        part.is_empty()
    }

    /// A field that must be there.
    ///
    /// # Errors
    /// It is missing, given more than once, or cannot be read.
    fn required(parts: &mut Parts, field: &Field) -> Result<Self, Error> {
        match only(parts.take(field)?, field)? {
            Some(part) => Self::from_part(part, field),
            None => Err(wrong(field, "it is missing")),
        }
    }

    /// A field that may be missing, or empty.
    ///
    /// # Errors
    /// It is given more than once, or cannot be read.
    fn optional(parts: &mut Parts, field: &Field) -> Result<Option<Self>, Error> {
        let part = only(parts.take(field)?, field)?;
        let part = part.filter(|part| !Self::is_none(part));
        part.map(|part| Self::from_part(part, field)).transpose()
    }

    /// A field that may be repeated.
    ///
    /// # Errors
    /// One of its parts cannot be read.
    fn repeated(parts: &mut Parts, field: &Field) -> Result<Vec<Self>, Error> {
        let parts = parts.take(field)?.into_iter();
        parts.map(|part| Self::from_part(part, field)).collect()
    }
}

// That `FromStr` is missing is the cause, but our message also says what else a field may be.
#[diagnostic::do_not_recommend]
impl<T> PartField for T
where
    T: FromStr,
    T::Err: Display,
{
    fn from_part(part: Part, field: &Field) -> Result<Self, Error> {
        let bytes = in_memory(&part, field)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong(field, "it is not UTF-8 text"))?;
        text.parse().map_err(|error: T::Err| {
            let said: String = text.chars().take(MOST_SAID).collect();
            wrong(field, &format!("`{said}`: {error}"))
        })
    }
}

/// A file that is empty is one; a field of a form where no file was chosen is none, and left out before.
impl PartField for Part {
    fn from_part(part: Self, _field: &Field) -> Result<Self, Error> {
        Ok(part)
    }

    fn is_none(_part: &Self) -> bool {
        false
    }
}

/// A part that holds JSON.
#[derive(Debug)]
pub struct JsonPart<T>(pub T);

/// What the expansion calls, for the value alone.
impl<T> JsonPart<T> {
    /// A field that must be there.
    ///
    /// # Errors
    /// It is missing, given more than once, or cannot be read.
    pub fn required(parts: &mut Parts, field: &Field) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        <Self as PartField>::required(parts, field).map(|part| part.0)
    }

    /// A field that may be missing, or empty.
    ///
    /// # Errors
    /// It is given more than once, or cannot be read.
    pub fn optional(parts: &mut Parts, field: &Field) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        let part = <Self as PartField>::optional(parts, field)?;
        Ok(part.map(|part| part.0))
    }

    /// A field that may be repeated.
    ///
    /// # Errors
    /// One of its parts cannot be read.
    pub fn repeated(parts: &mut Parts, field: &Field) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        let parts = <Self as PartField>::repeated(parts, field)?;
        Ok(parts.into_iter().map(|part| part.0).collect())
    }
}

impl<T: DeserializeOwned> PartField for JsonPart<T> {
    fn from_part(part: Part, field: &Field) -> Result<Self, Error> {
        let bytes = in_memory(&part, field)?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| wrong(field, &describe(error.path(), error.inner())))?;
        json.end().map_err(|error| wrong(field, &error.to_string()))?;
        Ok(Self(value))
    }
}

/// The one part, or none.
fn only(parts: Vec<Part>, field: &Field) -> Result<Option<Part>, Error> {
    let mut parts = parts.into_iter();
    let first = parts.next();
    match parts.next() {
        Some(_) => Err(wrong(field, "it is given more than once")),
        None => Ok(first),
    }
}

/// Refuses a part that is larger than its field allows, or of another type.
fn check(part: &Part, field: &Field) -> Result<(), Error> {
    if let Some(most) = field.max.filter(|most| part.len() > *most) {
        return Err(too_large(field, most));
    }
    let given = part.content_type().unwrap_or("");
    if field.types.is_empty() || field.types.iter().any(|wanted| accepts(wanted, given)) {
        return Ok(());
    }
    let given = match given {
        "" => "a part without a content type".to_owned(),
        given => format!("`{}`", given.chars().take(MOST_SAID).collect::<String>()),
    };
    let wanted = field.types.join("` or `");
    let detail = format!("`{}`: send `{wanted}`, not {given}", field.name);
    Err(Error::of(Kind::UnsupportedType).detail(detail))
}

/// Whether a media type is one of `image/*`, or the same.
fn accepts(wanted: &str, given: &str) -> bool {
    let given = given.split(';').next().unwrap_or_default().trim();
    match wanted.strip_suffix('*') {
        Some(family) => given
            .get(..family.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(family)),
        None => given.eq_ignore_ascii_case(wanted),
    }
}

fn in_memory(part: &Part, field: &Field) -> Result<bytes::Bytes, Error> {
    if field.max.is_none() && part.len() > TEXT {
        return Err(too_large(field, TEXT));
    }
    Ok(part.bytes()?)
}

fn too_large(field: &Field, most: u64) -> Error {
    Error::of(Kind::TooLarge).detail(format!("`{}` is larger than {most} bytes", field.name))
}

fn wrong(field: &Field, reason: &str) -> Error {
    Error::of(Kind::InvalidBody).detail(format!("`{}`: {reason}", field.name))
}
