//! How the errors of others become ours, and ours theirs.

use std::{
    error::Error as StdError,
    marker::PhantomData,
    ops::{Deref, Index},
};

use super::{
    failure::{Cause, Error, Parts},
    typed::Problem,
};

/// What is no failure of ours yet is an internal one, unless its type says otherwise.
impl<E: Into<Cause> + Unpin> From<E> for Error {
    fn from(cause: E) -> Self {
        recognised(cause.into())
    }
}

// `From` above and `From<T> for T` would overlap for an `Error` that is a `std::error::Error`. So `From` is for what is `Unpin`,
// as every error that anybody writes is, and `Error` is not: this says that it would be if something were that is not.
impl<'a> Unpin for Error where ErrorInside<'a>: DerivesProblem {}

/// An error that has one of ours in it. Of it nothing holds.
#[derive(Debug)]
pub struct ErrorInside<'a>(PhantomData<&'a ()>);

/// Which holds of nobody. It is called like what is to be done, because compilers say so.
#[diagnostic::on_unimplemented(
    message = "what holds a `gopool::Error` does not become one by itself",
    label = "it holds a `gopool::Error`: add `#[derive(gopool::Problem)]` to it, with `#[problem(transparent)]` on that variant"
)]
pub trait DerivesProblem {}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// What is found in the chain of an error that has an `Error` in it. Libraries that wrap errors may hide the outermost.
impl StdError for Parts {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl std::fmt::Display for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "answered with {}", self.status)
    }
}

fn recognised(cause: Cause) -> Error {
    let cause = match cause.downcast::<Error>() {
        Ok(error) => return *error,
        Err(cause) => cause,
    };
    match of_known(&*cause).or_else(|| carried(&*cause)) {
        Some(error) if error.code() < 500 => error,
        Some(error) => error.cause(cause),
        None => Error::internal(cause),
    }
}

/// The failure of ours that went into another error, such as `anyhow`'s, on its way here.
fn carried(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut next = Some(error);
    while let Some(link) = next {
        if let Some(error) = link.downcast_ref::<Error>() {
            return Some(error.problem());
        }
        if let Some(parts) = link.downcast_ref::<Parts>() {
            return Some(parts.without_cause());
        }
        next = link.source();
    }
    None
}

fn of_known(error: &(dyn StdError + 'static)) -> Option<Error> {
    inventory::iter::<KnownProblem>().find_map(|known| (known.of)(error))
}

/// A type whose problems are known when only a `dyn Error` is left of it; the derive registers it.
#[derive(Debug)]
pub struct KnownProblem {
    /// The problem, if the error is of this type.
    pub of: fn(&(dyn StdError + 'static)) -> Option<Error>,
}

inventory::collect!(KnownProblem);

/// Whether a problem can be found in a `dyn Error`: only a `std::error::Error` can. See `reply/by_type.rs` for how an index chooses.
#[derive(Debug)]
pub struct Finds<E, const LEVEL: usize>(PhantomData<fn() -> E>);

impl<E> Finds<E, 0> {
    /// What finds an `E`, with `[()]` behind it.
    pub const NEW: Self = Self(PhantomData);
}

type Find = fn(&(dyn StdError + 'static)) -> Option<Error>;

impl<E> Deref for Finds<E, 0> {
    type Target = Finds<E, 1>;

    fn deref(&self) -> &Self::Target {
        &Finds(PhantomData)
    }
}

impl<E: Problem + StdError + 'static> Index<()> for Finds<E, 0> {
    type Output = Find;

    fn index(&self, (): ()) -> &Self::Output {
        const { &((|error| error.downcast_ref::<E>().map(Problem::problem)) as Find) }
    }
}

impl<E> Index<()> for Finds<E, 1> {
    type Output = Find;

    fn index(&self, (): ()) -> &Self::Output {
        const { &((|_| None) as Find) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::fmt;

    use super::*;
    use crate::error::Kind;

    #[derive(Debug)]
    struct Outer<E>(E);

    // As the derive does, for what may hold an `Error`.
    impl<E> Unpin for Outer<E> {}

    impl<E> fmt::Display for Outer<E> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }

    impl<E: StdError + 'static> StdError for Outer<E> {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn any_error_or_text_becomes_an_internal_error() {
        for error in [
            Error::from("text"),
            Error::from(String::from("text")),
            Error::from("x".parse::<u8>().unwrap_err()),
        ] {
            assert_eq!((error.code(), error.kind()), (500, Kind::Internal));
        }
    }

    #[test]
    fn the_log_text_follows_the_chain_of_causes() {
        let error = Error::from(Outer(std::io::Error::other("inner")));
        assert_eq!(error.to_string(), "500 internal: outer: inner");
    }

    #[test]
    fn a_failure_comes_back_out_of_a_boxed_error_as_it_went_in() {
        let through = || -> Result<(), Box<dyn StdError + Send + Sync>> {
            Err(Error::not_found("no such item").cause("the log's"))?;
            Ok(())
        };
        let error = Error::from(through().unwrap_err());
        assert_eq!((error.code(), error.public_detail()), (404, Some("no such item")));
        assert_eq!(error.private_cause().unwrap().to_string(), "the log's");
    }

    #[test]
    fn a_failure_is_found_under_what_was_put_around_it() {
        let found = Error::from(Outer(Error::conflict("taken").header("x-a", "1")));
        assert_eq!((found.code(), found.public_detail()), (409, Some("taken")));
        assert_eq!(found.headers().len(), 1);
        assert!(found.private_cause().is_none());
        // As `anyhow` hides the outermost error: only what is behind it can be told apart.
        let hidden = Error::from(Outer(Outer(Error::internal("secret"))));
        assert_eq!((hidden.code(), hidden.public_detail()), (500, None));
        assert!(hidden.to_string().contains("secret"), "{hidden}");
        let parts = Error::not_found("no such item");
        assert_eq!(carried(parts.source().unwrap()).unwrap().code(), 404);
    }

    #[test]
    fn what_was_meant_to_be_internal_stays_so() {
        let error = Error::internal(Error::not_found("no such item"));
        assert_eq!((error.code(), error.public_detail()), (500, None));
        assert_eq!(error.to_string(), "500 internal: 404 error: no such item");
    }
}
