//! `Bearer` and `Basic`: what the header `authorization` holds.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};

use super::{
    only::only,
    param::{OptionalParam, Param},
    spec::Spec,
};
use crate::{call::Call, error::Error};

const AUTHORIZED: Spec = Spec {
    headers: &["authorization"],
    ..Spec::NONE
};

/// The token of `authorization: Bearer <token>`, as it was sent: whether it is a good one is yours to find out.
///
/// Without it the answer is a 401 that asks for it; in an `Option` it is `None`. Two `authorization` headers are a 400 in both.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(pub String);

impl Param for Bearer {
    const SPEC: &'static Spec = &AUTHORIZED;

    fn read(call: &Call) -> Result<Self, Error> {
        match credentials(call, "bearer")? {
            Some("") => Err(challenge(
                "Bearer error=\"invalid_request\"",
                "the token is empty",
            )),
            Some(token) => Ok(Self(token.to_owned())),
            None => Err(challenge(
                "Bearer",
                "send a token: `authorization: Bearer <token>`",
            )),
        }
    }
}

impl OptionalParam for Bearer {
    fn is_absent(call: &Call) -> bool {
        matches!(credentials(call, "bearer"), Ok(None))
    }
}

/// It is a secret.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}

/// The name and the password of `authorization: Basic ..`, as they were sent: whether they are right is yours to find out.
///
/// Without them the answer is a 401 that asks for them, as browsers then ask their users; in an `Option` it is `None`.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    /// The user's name; without a colon.
    pub user: String,
    /// The password.
    pub password: String,
}

/// RFC 7617 wants a realm. A failure of your own can name another, with `Error::header`.
const BASIC: &str = "Basic realm=\"restricted\", charset=\"UTF-8\"";

impl Param for Basic {
    const SPEC: &'static Spec = &AUTHORIZED;

    fn read(call: &Call) -> Result<Self, Error> {
        let Some(encoded) = credentials(call, "basic")? else {
            let detail = "send a name and a password: `authorization: Basic ..`";
            return Err(challenge(BASIC, detail));
        };
        let decoded = STANDARD.decode(encoded).ok();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        match text.as_deref().and_then(|text| text.split_once(':')) {
            Some((user, password)) => Ok(Self {
                user: user.to_owned(),
                password: password.to_owned(),
            }),
            None => Err(challenge(
                BASIC,
                "`authorization` does not hold `name:password` in base64",
            )),
        }
    }
}

impl OptionalParam for Basic {
    fn is_absent(call: &Call) -> bool {
        matches!(credentials(call, "basic"), Ok(None))
    }
}

/// The password is a secret.
impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// What stands behind the scheme, if it is this one.
fn credentials<'a>(call: &'a Call, wanted: &str) -> Result<Option<&'a str>, Error> {
    let value = only(call, &AUTHORIZATION)?;
    let Some(value) = value.and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let value = value.trim_matches(' ');
    let (scheme, credentials) = value.split_once(' ').unwrap_or((value, ""));
    let is_wanted = scheme.eq_ignore_ascii_case(wanted);
    Ok(is_wanted.then(|| credentials.trim_matches(' ')))
}

fn challenge(challenge: &str, detail: &str) -> Error {
    Error::unauthorized(detail).header(WWW_AUTHENTICATE.as_str(), challenge)
}
