//! What plain actix-web routes have of gopool: its parameters, and its errors.

use std::{future::Ready, ops::Deref};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError, body::BoxBody, dev::Payload,
    http::StatusCode,
};

use super::{answer::answer, dispatch::Shared, intake};
use crate::{
    call::Call,
    error::Error,
    message::{Request, RequestId},
    params::{Param, body_readers, path_readers},
};

/// A parameter of gopool as the argument of a plain actix-web handler, so that signing in, among others, is written once.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use gopool::{Bearer, Error, FromParams, Master, Plain};
///
/// #[derive(Clone, gopool::Param)]
/// struct User(String);
///
/// impl FromParams for User {
///     type From = Bearer;
///
///     fn from_params(Bearer(token): Bearer) -> Result<Self, Error> {
///         Ok(User(token))
///     }
/// }
///
/// async fn socket(user: Plain<User>) -> Result<HttpResponse, Error> {
///     if user.0.0.is_empty() {
///         return Err(Error::forbidden("say who you are"));
///     }
///     Ok(HttpResponse::Ok().body(user.0.0))
/// }
///
/// #[gopool::on_master]
/// async fn prepare(master: &mut Master) {
///     master.configure(|app| {
///         app.route("/v1/socket", web::get().to(socket));
///     });
/// }
/// ```
///
/// What reads the body or the path does not compile here: actix-web reads these for its handlers. A failure is the problem that a route of gopool
/// would answer. It is read on the event loop, so it is to be cheap.
#[derive(Debug, Clone, Copy)]
pub struct Plain<P>(pub P);

impl<P> Deref for Plain<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0
    }
}

impl<P: Param> Plain<P> {
    const CHECKED: () = {
        assert!(
            body_readers(&[P::SPEC]) == 0,
            "a `gopool::Plain` cannot read the body: take an extractor of actix-web for it"
        );
        assert!(
            path_readers(&[P::SPEC]) == 0,
            "a `gopool::Plain` cannot read the path: take `actix_web::web::Path`"
        );
    };
}

impl<P: Param> FromRequest for Plain<P> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let () = Self::CHECKED;
        let read = call(request).and_then(|call| P::read(&call));
        std::future::ready(read.map(Self))
    }
}

/// The call that a request would be if it were for a route of ours; one and the same for all that is read from it.
fn call(request: &HttpRequest) -> Result<Call, Error> {
    if let Some(call) = request.extensions().get::<Call>() {
        return Ok(call.clone());
    }
    let shared = request.extensions().get::<Shared>().cloned();
    let shared = shared.ok_or_else(|| Error::internal("a `gopool::Plain` outside of gopool's server"))?;
    let head = request.head();
    let asked = Request::new(
        intake::method(head),
        intake::target(head),
        shared.seen.borrow().id.clone(),
    );
    let asked = asked.with_headers(intake::all_headers(head.headers()));
    let contexts = shared.event_loop.service.contexts().clone();
    let call = Call::of_plain(asked, contexts).sharing();
    request.extensions_mut().insert(call.clone());
    Ok(call)
}

/// The answer of a plain actix-web handler that fails with it is the problem that a route of gopool would answer.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        // The server puts that of the request in its place.
        let id = RequestId::random();
        answer(self.to_response(&id), &id, false)
    }
}
