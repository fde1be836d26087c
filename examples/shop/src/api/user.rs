//! `User`: whoever sent the request, by cookie or by bearer token. An argument of every handler that needs one.

use gopool::{
    Bearer, Cookies, Ctx, Error, FromParams,
    openapi::{Operation, Security},
};

use crate::api::session::{COOKIE, Key};

#[derive(Debug, Clone, Copy, gopool::Param)]
pub(crate) struct User {
    pub(crate) account: i64,
}

impl FromParams for User {
    type From = (Option<Bearer>, Cookies, Ctx<Key>);

    fn from_params((bearer, cookies, key): Self::From) -> Result<Self, Error> {
        let token = match &bearer {
            Some(Bearer(token)) => Some(&**token),
            None => cookies.get(COOKIE),
        };
        let token = token.ok_or_else(|| Error::unauthorized("sign in first: `POST /v1/session`"))?;
        let account = key.verify(token);
        let account = account.ok_or_else(|| Error::unauthorized("the session has ended: sign in again"))?;
        Ok(Self { account })
    }

    fn describe(it: &mut Operation<'_>) {
        it.security_one_of([Security::bearer("bearer"), Security::cookie("session", COOKIE)]);
        it.problem(401, "Nobody is signed in");
    }
}
