//! One of our errors on its way through a place that only knows the standard library's.

use std::{error::Error as StdError, fmt};

use super::failure::{Cause, Error};

/// Ours inside of theirs.
struct Carried(Error);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for Carried {}

impl Error {
    /// As one of the standard library's, from which [`Error::uncarried`] makes it again.
    pub(crate) fn carried(self) -> Cause {
        Box::new(Carried(self))
    }

    /// The error that was carried; any other is an internal one.
    pub(crate) fn uncarried(cause: Cause) -> Self {
        match cause.downcast::<Carried>() {
            Ok(carried) => carried.0,
            Err(cause) => Self::internal(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_back_as_it_was() {
        let error = Error::uncarried(Error::conflict("sold out").carried());
        assert_eq!((error.code(), error.public_detail()), (409, Some("sold out")));
        assert_eq!(Error::uncarried("other".into()).code(), 500);
    }
}
