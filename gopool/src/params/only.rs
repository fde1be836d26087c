//! A header of which there is to be one.

use http::{HeaderName, HeaderValue};

use crate::{
    call::Call,
    error::{Error, Kind},
};

/// The header of this name, which is not read when it is there twice: whoever stands before us may have read the other one.
///
/// # Errors
/// 400: it is there more than once.
pub(super) fn only<'a>(call: &'a Call, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Error> {
    let mut values = call.request().headers().get_all(name).iter();
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Error::of(Kind::BadHeader).detail(format!("`{name}` is there more than once"))),
    }
}
