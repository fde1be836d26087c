//! One call of a handler: the request, and what surrounds it.

use std::sync::Arc;

use crate::{context::Contexts, message::Request, template::Template};

mod envelope;
mod origin;
mod standing;

pub(crate) use envelope::{Deadline, Envelope, RouteKey};
pub(crate) use origin::Origin;
pub(crate) use standing::Standing;

/// What a handler's parameters are read from.
///
/// A parameter of your own reads other parameters, or the request itself:
///
/// ```
/// use gopool::{Call, Ctx, Error, Header, params::{Param, Spec}};
///
/// # struct Users;
/// # impl Users { fn by_token(&self, token: &str) -> Option<String> { Some(token.into()) } }
/// #[derive(gopool::Header)]
/// struct Credentials {
///     authorization: String,
/// }
///
/// /// Whoever sent the request.
/// struct User {
///     name: String,
/// }
///
/// impl Param for User {
///     const SPEC: &'static Spec = &Spec {
///         headers: <Header<Credentials> as Param>::SPEC.headers,
///         ..*<Ctx<Users> as Param>::SPEC
///     };
///
///     fn read(call: &Call) -> Result<Self, Error> {
///         let credentials = Header::<Credentials>::read(call)?;
///         let users = Ctx::<Users>::read(call)?;
///         let name = users.by_token(&credentials.authorization);
///         name.map(|name| User { name }).ok_or_else(|| Error::unauthorized("sign in first"))
///     }
/// }
///
/// #[gopool::get("/v1/me")]
/// fn me(user: User) -> String {
///     user.name
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Call {
    /// What arrived where the handler runs.
    pub(crate) envelope: Envelope,
    /// The route's path, whose `{names}` say which part of the request's path is which parameter.
    pub(crate) template: Template,
    /// The application's shared values.
    pub(crate) contexts: Arc<Contexts>,
}

impl Call {
    pub(crate) fn new(envelope: Envelope, template: Template, contexts: Arc<Contexts>) -> Self {
        Self {
            envelope,
            template,
            contexts,
        }
    }

    /// One for tests.
    #[cfg(test)]
    pub(crate) fn example(request: Request, path: &'static str, contexts: Contexts) -> Self {
        let template = Template::new(path);
        let time = std::time::Duration::from_secs(1);
        let envelope = Envelope {
            route: RouteKey::new("GET", template),
            request,
            deadline: Deadline {
                wait: time,
                run: time,
            },
            standing: Standing::default(),
            trace: None,
            origin: None,
        };
        Self::new(envelope, template, Arc::new(contexts))
    }

    /// The request, with only those headers that the `SPEC`s of the route's parameters name.
    pub fn request(&self) -> &Request {
        &self.envelope.request
    }
}
