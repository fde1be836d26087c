//! `Path<T>`: what stands in the `{names}` of the route.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::{param::Param, spec::Spec, wrapper::derefs_to_its_value};
use crate::{
    call::Call,
    error::{Error, Kind},
    template::normal,
};

mod deserializer;

use deserializer::{Names, Refusal};

/// The `{names}` of the route as a `T`, percent-decoded: a number, `String` or other scalar for one name, a tuple in the
/// order of the names, or a struct whose fields are the names. A struct's fields must be called like the names and be
/// visible where the handler stands: the compiler checks it.
///
/// ```
/// use gopool::Path;
///
/// #[derive(serde::Deserialize)]
/// struct Post { user: u64, post: String }
///
/// #[gopool::get("/v1/users/{user}")]
/// fn user(Path(id): Path<u64>) -> String { id.to_string() }
///
/// #[gopool::get("/v1/users/{user}/posts/{post}")]
/// fn post(path: Path<Post>) -> String { format!("{} {}", path.user, path.post) }
///
/// #[gopool::get("/v1/users/{user}/files/{*rest}")]
/// fn file(Path((user, rest)): Path<(u64, String)>) -> String { format!("{user} {rest}") }
///
/// assert_eq!(file(Path((7, "a/b.txt".into()))), "7 a/b.txt");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<T>(pub T);

derefs_to_its_value!(Path);

impl<T: DeserializeOwned> Param for Path<T> {
    const SPEC: &'static Spec = &Spec {
        reads_path: true,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        let values = decoded(call)?;
        Names::of(&values)
            .read()
            .map(Self)
            .map_err(|refusal| match refusal {
                Refusal::Value(reason) | Refusal::Named(reason) => bad(reason),
                // The client can do nothing about a type that does not fit its route.
                Refusal::Shape(reason) => Error::internal(format!(
                    "the path `{}` does not fit the handler's `Path<{}>`: {reason}",
                    call.template.as_str(),
                    std::any::type_name::<T>(),
                )),
            })
    }
}

/// The names with their values, decoded where they were encoded.
fn decoded(call: &Call) -> Result<Vec<(&'static str, Cow<'_, str>)>, Error> {
    let path = call.request().path();
    match normal(path) {
        // The text beside a name may have come encoded. Without any, values are quoted as they came.
        Cow::Owned(path) if call.template.has_text_beside_names() => {
            let captures = call.template.captures(&path).map(value);
            captures
                .map(|value| value.map(|(name, text)| (name, Cow::Owned(text.into_owned()))))
                .collect()
        }
        _ => call.template.captures(path).map(value).collect(),
    }
}

fn value<'a>((name, value): (&'static str, &'a str)) -> Result<(&'static str, Cow<'a, str>), Error> {
    Ok((name, text(name, value)?))
}

/// The text of one value. None begins with a slash: whoever joins it to a folder would leave the folder.
fn text<'a>(name: &str, value: &'a str) -> Result<Cow<'a, str>, Error> {
    let text = percent_decode_str(value)
        .decode_utf8()
        .map_err(|_| bad(format!("`{name}` is `{value}`: not UTF-8 text once decoded")))?;
    if text.starts_with(['/', '\\']) {
        return Err(bad(format!("`{name}` is `{value}`: must not begin with a slash")));
    }
    Ok(text)
}

fn bad(detail: String) -> Error {
    Error::of(Kind::BadPath).detail(detail)
}

#[cfg(test)]
mod tests;
