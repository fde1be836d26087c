//! What every parameter is.

use super::spec::Spec;
use crate::{call::Call, error::Error};

/// Something that a handler may take as an argument. One of your own is best made from others: see [`FromParams`](super::FromParams).
///
/// Parameters are read where the handler runs: parsing is CPU work, and bad input gets the same answer everywhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler parameter",
    label = "not a handler parameter",
    note = "parameters are `Path<T>`, `Query<T>`, `Body<T>` (JSON), `Form<T>`, `Bytes`, `String`, `Upload`, `Multipart<T>`, `Incoming`, `Header<T>`, `HeaderMap`, \
            `Ctx<T>`, `Bearer`, `Basic`, `Cookies`, `Cancel`, `RequestId`, `Method`, `Uri`, an `Option` or a `Result<_, gopool::Error>` of \
            these, and what derives `gopool::Param`"
)]
pub trait Param: Sized {
    /// What the parameter needs to be known before a request arrives.
    const SPEC: &'static Spec = &Spec::NONE;

    /// Reads it.
    ///
    /// # Errors
    /// What the client did wrong, naming the field and the reason.
    fn read(call: &Call) -> Result<Self, Error>;
}

/// A parameter that is called like one of actix-web's, and so may have been meant to be that one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler parameter of gopool",
    label = "not a handler parameter",
    note = "actix-web's `Json<T>` is `gopool::Body<T>`, and its `Data<T>` is `gopool::Ctx<T>`; `Path<T>`, `Query<T>`, `Form<T>`, \
            `Header<T>` and `Bytes` are called the same in `gopool`; of an `HttpRequest` name what you need: `Method`, `Uri`, `Header<T>`"
)]
pub trait ParamCalledLikeActix: Sized {
    const SPEC: &'static Spec;

    fn read(call: &Call) -> Result<Self, Error>;
}

#[diagnostic::do_not_recommend]
impl<P: Param> ParamCalledLikeActix for P {
    const SPEC: &'static Spec = P::SPEC;

    fn read(call: &Call) -> Result<Self, Error> {
        P::read(call)
    }
}

/// A parameter that a client may leave out, so that `Option<P>` is a parameter too. What is there but wrong is still an
/// error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parameter that can be optional, or a part of another",
    label = "cannot be absent",
    note = "all parameters of gopool can, and what derives `gopool::Param`; one that implements `Param` itself says in \
            `gopool::params::OptionalParam` when it is absent"
)]
pub trait OptionalParam: Param {
    /// What the parameter needs when it may be missing.
    const SPEC: &'static Spec = <Self as Param>::SPEC;

    /// Whether the client left it out.
    fn is_absent(call: &Call) -> bool;
}

impl<P: OptionalParam> Param for Option<P> {
    const SPEC: &'static Spec = <P as OptionalParam>::SPEC;

    fn read(call: &Call) -> Result<Self, Error> {
        if P::is_absent(call) {
            Ok(None)
        } else {
            P::read(call).map(Some)
        }
    }
}

/// Never absent: it is `None` then.
impl<P: OptionalParam> OptionalParam for Option<P> {
    fn is_absent(_call: &Call) -> bool {
        false
    }
}

/// The parameter, or why it cannot be read: the handler decides what is answered then.
impl<P: Param> Param for Result<P, Error> {
    const SPEC: &'static Spec = P::SPEC;

    fn read(call: &Call) -> Result<Self, Error> {
        Ok(P::read(call))
    }
}

impl<P: OptionalParam> OptionalParam for Result<P, Error> {
    const SPEC: &'static Spec = <P as OptionalParam>::SPEC;

    fn is_absent(call: &Call) -> bool {
        P::is_absent(call)
    }
}
