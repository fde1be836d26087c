//! What parameters and replies say of themselves, for a document that describes the routes.

mod answer;
mod names;
mod operation;
mod schemas;
mod security;
mod values;

pub use answer::{Answer, Content};
pub(crate) use names::field_names;
pub use operation::Operation;
pub(crate) use operation::{Described, Failed};
pub use schemas::Schemas;
pub(crate) use schemas::{COMPONENTS, is_fit_name, references};
pub use security::Security;
pub(crate) use values::{Place, sorted};

/// A parameter that says what it reads.
///
/// All parameters of gopool do, as far as their types are known, and what derives [`Param`](macro@crate::Param) says what its parts say. By hand
/// it is for a type that implements [`Param`](crate::params::Param) by hand.
pub trait Describe {
    /// Says it; called once for each route that takes the parameter.
    fn describe(it: &mut Operation<'_>);
}

/// The same of a parameter whose type has no schema.
#[doc(hidden)]
pub trait DescribeUntold {
    fn describe_untold(it: &mut Operation<'_>);
}

/// A reply that says what it answers.
///
/// ```
/// use gopool::{Error, Reply, Response, openapi::{Answer, DescribeReply, Schemas}};
///
/// /// A picture.
/// struct Png(Vec<u8>);
///
/// impl Reply for Png {
///     fn reply(self) -> Result<Response, Error> {
///         Ok(Response::ok().bytes(self.0).content_type("image/png"))
///     }
/// }
///
/// impl DescribeReply for Png {
///     fn describe(_: &mut Schemas) -> Answer {
///         Answer::bytes("image/png")
///     }
/// }
/// ```
pub trait DescribeReply {
    /// Says it; called once for each route that answers so.
    fn describe(schemas: &mut Schemas) -> Answer;
}
