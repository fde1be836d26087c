//! `Query<T>`: what follows the `?`.

use serde::de::DeserializeOwned;

use super::{
    form::parse,
    param::{OptionalParam, Param},
    wrapper::derefs_to_its_value,
};
use crate::{
    call::Call,
    error::{Error, Kind},
};

/// The query string as a `T`: `?name=x&tag=a&tag=b`. A repeated key fills a `Vec` field.
///
/// In an `Option` it is `None` when there is no query at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<T>(pub T);

derefs_to_its_value!(Query);

impl<T: DeserializeOwned> Param for Query<T> {
    fn read(call: &Call) -> Result<Self, Error> {
        parse(call.request().query().as_bytes(), Kind::BadQuery).map(Self)
    }
}

impl<T: DeserializeOwned> OptionalParam for Query<T> {
    fn is_absent(call: &Call) -> bool {
        call.request().query().is_empty()
    }
}
