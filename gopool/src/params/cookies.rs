//! `Cookies`: what the client kept for the application.

use http::header::COOKIE;

use super::{
    param::{OptionalParam, Param},
    spec::Spec,
};
use crate::{call::Call, error::Error};

/// The cookies of the request, as they were sent: names are case-sensitive, values are neither decoded nor trusted.
///
/// In an `Option` it is `None` when there are none. A reply sets one with [`Response::cookie`](crate::Response::cookie).
///
/// ```
/// use gopool::Cookies;
///
/// #[gopool::get("/v1/theme")]
/// fn theme(cookies: Cookies) -> String {
///     cookies.get("theme").unwrap_or("light").to_owned()
/// }
///
/// assert_eq!(theme(Cookies::new([("theme", "dark")])), "dark");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// These, for a unit test.
    pub fn new<N: Into<String>, V: Into<String>>(cookies: impl IntoIterator<Item = (N, V)>) -> Self {
        let pairs = cookies.into_iter();
        Self(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of the first cookie of this name, which is the one of the most specific path.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Names and values, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// The values may be secrets.
impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl Param for Cookies {
    const SPEC: &'static Spec = &Spec {
        headers: &["cookie"],
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        let headers = call.request().headers().get_all(COOKIE).iter();
        // What is no text is no cookie of ours.
        let texts = headers.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        Ok(Self::new(texts.flat_map(|text| text.split(';')).filter_map(pair)))
    }
}

impl OptionalParam for Cookies {
    fn is_absent(call: &Call) -> bool {
        !call.request().headers().contains_key(COOKIE)
    }
}

/// RFC 6265, 4.2.1; a value may stand in quotes.
fn pair(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    (!name.is_empty()).then(|| (name, unquoted.unwrap_or(value)))
}
