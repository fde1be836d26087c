//! Error types of the application that say themselves how they are answered.

use std::{
    error::Error as StdError,
    fmt::Display,
    marker::PhantomData,
    ops::{Deref, Index},
};

use super::failure::{Cause, Error};

/// An error type that says itself how it is answered. A handler may return it, whether it is a `std::error::Error` or not.
///
/// [`derive(Problem)`](macro@crate::Problem) writes it for an enum or a struct. By hand, it is one function:
///
/// ```
/// use gopool::{Error, Problem};
///
/// struct TooManyItems { limit: usize }
///
/// impl Problem for TooManyItems {
///     fn problem(&self) -> Error {
///         Error::status(409)
///             .problem_type("https://shop.example/problems/too-many-items")
///             .title("Too many items")
///             .detail(format!("a cart holds at most {}", self.limit))
///             .member("limit", &self.limit)
///     }
/// }
///
/// #[gopool::post("/v1/cart")]
/// fn add() -> Result<(), TooManyItems> {
///     Err(TooManyItems { limit: 20 })
/// }
/// # assert_eq!(Error::of_problem(TooManyItems { limit: 20 }).code(), 409);
/// ```
///
/// In a function that returns [`Error`], `?` is enough for a derived type that is a `std::error::Error`; for others there is
/// `.map_err(Error::of_problem)?`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is answered",
    label = "not a problem",
    note = "add `#[derive(gopool::Problem)]` to it, or give what holds it a status of its own: `#[problem(status = 500)]`"
)]
pub trait Problem {
    /// Every status that it may have, with the title of its problem; for documentation.
    const RESPONSES: &'static [(u16, &'static str)] = &[];

    /// The failure that the client gets.
    fn problem(&self) -> Error;

    /// The same, with what the log is to know of it.
    fn into_problem(self) -> Error
    where
        Self: Sized,
    {
        self.problem()
    }
}

impl Problem for Error {
    fn problem(&self) -> Error {
        self.0.without_cause()
    }

    fn into_problem(self) -> Error {
        self
    }
}

impl Error {
    /// What an error of a type of your own says of itself.
    pub fn of_problem(error: impl Problem) -> Self {
        error.into_problem()
    }
}

/// The text of a variant that has no `detail`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no text for its clients",
    label = "cannot be displayed",
    note = "derive `thiserror::Error` or implement `std::fmt::Display` for it, or give each variant a text: \
            `#[problem(status = 404, detail = \"..\")]`"
)]
pub trait ProblemText {
    /// The text.
    fn text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<E: Display + ?Sized> ProblemText for E {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// A problem of the server's, with the error itself as its cause if it can be one, else with its text, or its name. See
/// `reply/by_type.rs` for how an index chooses.
#[derive(Debug)]
pub struct Causes<E, const LEVEL: usize>(PhantomData<fn() -> E>);

/// What makes a cause of an error, with `[()]` behind it.
pub fn causes<E>(_: &E) -> Causes<E, 0> {
    Causes(PhantomData)
}

type IntoCause<E> = fn(E, &'static str) -> Cause;

impl<E> Deref for Causes<E, 0> {
    type Target = Causes<E, 1>;

    fn deref(&self) -> &Self::Target {
        &Causes(PhantomData)
    }
}

impl<E> Deref for Causes<E, 1> {
    type Target = Causes<E, 2>;

    fn deref(&self) -> &Self::Target {
        &Causes(PhantomData)
    }
}

impl<E: StdError + Send + Sync + 'static> Index<()> for Causes<E, 0> {
    type Output = IntoCause<E>;

    fn index(&self, (): ()) -> &Self::Output {
        const { &((|error, _| Box::new(error)) as IntoCause<E>) }
    }
}

impl<E: Display> Index<()> for Causes<E, 1> {
    type Output = IntoCause<E>;

    fn index(&self, (): ()) -> &Self::Output {
        const { &((|error, _| error.to_string().into()) as IntoCause<E>) }
    }
}

impl<E> Index<()> for Causes<E, 2> {
    type Output = IntoCause<E>;

    fn index(&self, (): ()) -> &Self::Output {
        const { &((|_, name| name.into()) as IntoCause<E>) }
    }
}

/// The problem of `error`; one of the server's has a cause for the log.
pub fn with_cause<E: Problem>(into_cause: IntoCause<E>, error: E, name: &'static str) -> Error {
    let problem = error.problem();
    if problem.code() < 500 {
        return problem;
    }
    problem.cause(into_cause(error, name))
}
