//! `Header<T>`: the headers that a struct names.

use http::HeaderMap;

use super::{
    param::{OptionalParam, Param},
    spec::Spec,
    wrapper::derefs_to_its_value,
};
use crate::{call::Call, error::Error};

/// The headers that the struct `T` names; only these cross to where the handler runs.
///
/// `#[derive(gopool::Header)]` makes a struct fit for it. The field `user_agent` reads the header `user-agent`, unless
/// `#[header("x-other")]` gives another name. A field is any `T: FromStr` (`String`, numbers, ...), `Option<T>` for a
/// header that may be missing, or `Vec<T>` for a list: `a, b` in one header, or in several.
///
/// In an `Option` it is `None` when the client sent none of these headers.
///
/// ```
/// use gopool::Header;
///
/// #[derive(gopool::Header)]
/// struct Client {
///     user_agent: Option<String>,
///     #[header("x-tenant")]
///     tenant: u32,
/// }
///
/// #[gopool::get("/v1/tenant")]
/// fn tenant(client: Header<Client>) -> String {
///     let agent = client.user_agent.as_deref().unwrap_or("unknown");
///     format!("{agent} of tenant {}", client.tenant)
/// }
///
/// let client = Client { user_agent: None, tenant: 7 };
/// assert_eq!(tenant(Header(client)), "unknown of tenant 7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<T>(pub T);

derefs_to_its_value!(Header);

/// A struct that is read from headers; derive it with `#[derive(gopool::Header)]`.
#[diagnostic::on_unimplemented(
    message = "`Header<{Self}>` needs a struct that names its headers",
    label = "does not name its headers",
    note = "add `#[derive(gopool::Header)]` to `{Self}`"
)]
pub trait FromHeaders: Sized {
    /// The names of the headers, in lower case.
    const NAMES: &'static [&'static str];

    /// Reads them.
    ///
    /// # Errors
    /// When a header is missing or cannot be read; the error names it.
    fn from_headers(headers: &HeaderMap) -> Result<Self, Error>;

    /// What is to be said of them in an OpenAPI document.
    #[cfg(feature = "openapi")]
    fn describe(it: &mut crate::describe::Operation<'_>) {
        it.names(crate::describe::Place::Header, Self::NAMES);
    }
}

impl<T: FromHeaders> Param for Header<T> {
    const SPEC: &'static Spec = &Spec {
        headers: T::NAMES,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        T::from_headers(call.request().headers()).map(Self)
    }
}

impl<T: FromHeaders> OptionalParam for Header<T> {
    fn is_absent(call: &Call) -> bool {
        let headers = call.request().headers();
        T::NAMES.iter().all(|name| !headers.contains_key(*name))
    }
}
