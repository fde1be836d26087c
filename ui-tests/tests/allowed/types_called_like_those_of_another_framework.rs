//! Parameters of the user's own, called and placed like those of another framework.
#![allow(unused_qualifications, reason = "how a type is named is what is tested")]

use gopool::{
    Call, Error,
    params::{Param, Spec},
};

mod web {
    use super::{Call, Error, Param, Spec};

    macro_rules! params {
        ($($name:ident)*) => {
            $(
                pub(crate) struct $name;

                impl Param for $name {
                    const SPEC: &'static Spec = &Spec::NONE;

                    fn read(_: &Call) -> Result<Self, Error> {
                        Ok(Self)
                    }
                }
            )*
        };
    }

    params!(User Data Json Query Bytes String Body HttpRequest);
}

use web::HttpRequest;

#[gopool::get("/called/by-path")]
fn by_path(user: crate::types_called_like_those_of_another_framework::web::User, own: self::web::Data) {
    let (_, _) = (user, own);
}

#[gopool::get("/called/by-module")]
fn by_module(user: web::User, data: web::Data, json: web::Json, query: web::Query, request: HttpRequest) {
    let _ = (user, data, json, query, request);
}

#[gopool::post("/called/bytes")]
async fn bytes(bytes: web::Bytes, text: self::web::String, body: gopool::Bytes) {
    let (_, _, _) = (bytes, text, body);
}

#[gopool::get("/called/body")]
fn body(bytes: web::Bytes, body: self::web::Body) {
    let (_, _) = (bytes, body);
}
