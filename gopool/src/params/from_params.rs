//! Parameters of the application's own, made from others.

use super::param::OptionalParam;
use crate::{call::Call, error::Error};

/// A parameter of your own: what it is made from, and how. [`derive(Param)`](macro@crate::Param) makes it an argument of handlers.
///
/// ```
/// use gopool::{Bearer, Ctx, Error, FromParams};
///
/// # struct Users;
/// # impl Users { fn by_token(&self, token: &str) -> Option<String> { (token == "t").then(|| "ann".into()) } }
/// /// Whoever sent the request.
/// #[derive(Clone, gopool::Param)]
/// struct User {
///     name: String,
/// }
///
/// impl FromParams for User {
///     type From = (Bearer, Ctx<Users>);
///
///     fn from_params((Bearer(token), users): Self::From) -> Result<Self, Error> {
///         let name = users.by_token(&token);
///         name.map(|name| User { name }).ok_or_else(|| Error::unauthorized("the token is not valid"))
///     }
/// }
///
/// #[gopool::get("/v1/me")]
/// fn me(user: User) -> String {
///     user.name
/// }
///
/// #[gopool::get("/v1/greeting")]
/// fn greeting(user: Option<User>) -> String {
///     user.map_or_else(|| "hello".into(), |user| format!("hello {}", user.name))
/// }
///
/// // Without a server:
/// let user = User::from_params((Bearer("t".into()), Ctx::new(Users))).unwrap();
/// assert_eq!(me(user), "ann");
/// ```
///
/// What the parts need, headers and shared values among it, the route needs: nothing is left to be declared. The value is made once for a
/// request, however many parameters take it, and copied for each: keep what is large in an `Arc`. A failure is not kept.
///
/// In an `Option` it is `None` when one of the parts is absent, such as the header of a [`Bearer`](super::Bearer); what is there but
/// wrong is still an error. A `Result<User, Error>` leaves it to the handler, which is also how clients are sent elsewhere: an [`Error`] is a
/// status from 400 up.
///
/// ```
/// # use gopool::{Bearer, FromParams};
/// use gopool::{Error, Redirect};
///
/// # #[derive(Clone, gopool::Param)]
/// # struct User { name: String }
/// # impl FromParams for User {
/// #     type From = Bearer;
/// #     fn from_params(Bearer(name): Bearer) -> Result<Self, Error> { Ok(User { name }) }
/// # }
/// #[gopool::get("/account")]
/// fn account(user: Result<User, Error>) -> Redirect {
///     match user {
///         Ok(user) => Redirect::to(format!("/accounts/{}", user.name)),
///         Err(_) => Redirect::to("/sign-in"),
///     }
/// }
/// ```
///
/// For many routes at once, [`before`](macro@crate::before) does so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it is made from",
    label = "a parameter of your own",
    note = "implement `gopool::FromParams` for it, with `type From = (Header<C>, Ctx<T>);` and a function that makes it of these"
)]
pub trait FromParams: Sized {
    /// One parameter, or a tuple of up to eight.
    type From: OptionalParam;

    /// Makes it.
    ///
    /// # Errors
    /// What the client is to know; the handler is not called then.
    fn from_params(from: Self::From) -> Result<Self, Error>;

    /// What an OpenAPI document is to say of it, beside what its parts say already: statuses of its failures, or how clients say who they
    /// are in a header of yours. See [`openapi`](crate::openapi).
    #[cfg(feature = "openapi")]
    fn describe(it: &mut crate::describe::Operation<'_>) {
        let _ = it;
    }
}

/// What the derive reads: the value of this type that belongs to the call. The expansion names the trait, so that one that is missing
/// is one error.
///
/// # Errors
/// A part of it cannot be read, or it cannot be made.
#[doc(hidden)]
pub fn made<P, F>(call: &Call, from_params: fn(F) -> Result<P, Error>) -> Result<P, Error>
where
    P: Clone + Send + Sync + 'static,
    F: OptionalParam,
{
    call.once(|| F::read(call).and_then(from_params))
}
