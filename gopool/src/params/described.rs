//! What each parameter says of itself.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{
    Basic, Bearer, Body, Cookies, Ctx, Form, FromHeaders, FromMultipart, Header, LastEventId, Multipart,
    Path, Query,
};
use crate::{
    describe::{Content, Describe, DescribeUntold, Failed, Operation, Place, Security, field_names},
    error::{Error, Kind},
    message::RequestId,
};
use gopool_pool::Cancel;

fn json_body(it: &mut Operation<'_>, schema: serde_json::Value) {
    it.body(Content::new("application/json", schema));
    for kind in [Kind::BadJson, Kind::UnsupportedType, Kind::InvalidBody] {
        it.fail(Failed::Ours(kind));
    }
}

fn form(it: &mut Operation<'_>, schema: serde_json::Value) {
    it.body(Content::new("application/x-www-form-urlencoded", schema));
    it.fail(Failed::Ours(Kind::UnsupportedType));
    it.fail(Failed::Ours(Kind::InvalidBody));
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(it: &mut Operation<'_>) {
        it.fields::<T>(Place::Query);
        it.fail(Failed::Ours(Kind::BadQuery));
    }
}

impl<T: DeserializeOwned> DescribeUntold for Query<T> {
    fn describe_untold(it: &mut Operation<'_>) {
        it.schemas().lacks::<T>("the query");
        it.names(Place::Query, field_names::<T>());
        it.fail(Failed::Ours(Kind::BadQuery));
    }
}

impl<T: JsonSchema> Describe for Path<T> {
    fn describe(it: &mut Operation<'_>) {
        it.path::<T>();
        it.fail(Failed::Ours(Kind::BadPath));
    }
}

impl<T: DeserializeOwned> DescribeUntold for Path<T> {
    fn describe_untold(it: &mut Operation<'_>) {
        it.schemas().lacks::<T>("the path");
        let names = it.path_names();
        it.names(Place::Path, &names);
        it.fail(Failed::Ours(Kind::BadPath));
    }
}

impl<T: JsonSchema> Describe for Body<T> {
    fn describe(it: &mut Operation<'_>) {
        let schema = it.schemas().input::<T>();
        json_body(it, schema);
    }
}

impl<T: DeserializeOwned> DescribeUntold for Body<T> {
    fn describe_untold(it: &mut Operation<'_>) {
        it.schemas().lacks::<T>("the body");
        json_body(it, json!({}));
    }
}

impl<T: JsonSchema> Describe for Form<T> {
    fn describe(it: &mut Operation<'_>) {
        let schema = it.schemas().input::<T>();
        form(it, schema);
    }
}

impl<T: DeserializeOwned> DescribeUntold for Form<T> {
    fn describe_untold(it: &mut Operation<'_>) {
        it.schemas().lacks::<T>("the body");
        let names = field_names::<T>().iter();
        let fields: serde_json::Map<_, _> = names.map(|name| ((*name).to_owned(), json!({}))).collect();
        form(it, json!({ "type": "object", "properties": fields }));
    }
}

/// An empty body is one, too.
fn plain_body(it: &mut Operation<'_>, content: Content) {
    it.optionally(|it| {
        it.body(content);
    });
}

/// What an `Option` or a `Result` around a parameter says.
macro_rules! wrapped {
    ($($trait:ident $describe:ident)*) => {
        $(
            impl<P: $trait> $trait for Option<P> {
                fn $describe(it: &mut Operation<'_>) {
                    it.optionally(P::$describe);
                }
            }

            impl<P: $trait> $trait for Result<P, Error> {
                fn $describe(it: &mut Operation<'_>) {
                    it.leniently(P::$describe);
                }
            }
        )*
    };
}

/// What keeps rules is read as what it stands around, and its schema tells those that JSON Schema knows.
#[cfg(feature = "garde")]
mod valid {
    use super::{Describe, DescribeUntold, Operation};
    use crate::params::Valid;

    impl<P: Describe> Describe for Valid<P> {
        fn describe(it: &mut Operation<'_>) {
            P::describe(it);
        }
    }

    impl<P: DescribeUntold> DescribeUntold for Valid<P> {
        fn describe_untold(it: &mut Operation<'_>) {
            P::describe_untold(it);
        }
    }
}

wrapped! { Describe describe DescribeUntold describe_untold }

macro_rules! tuples {
    ($(($($param:ident)*))*) => {
        $(
            impl<$($param: Describe),*> Describe for ($($param,)*) {
                fn describe(it: &mut Operation<'_>) {
                    $($param::describe(it);)*
                }
            }

            impl<$($param: DescribeUntold),*> DescribeUntold for ($($param,)*) {
                fn describe_untold(it: &mut Operation<'_>) {
                    $($param::describe_untold(it);)*
                }
            }
        )*
    };
}

tuples! {
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
}

/// Of these there is nothing that could lack a schema.
macro_rules! always_told {
    ($(($($generics:tt)*) $param:ty => $describe:expr;)*) => {
        $(
            impl<$($generics)*> Describe for $param {
                fn describe(it: &mut Operation<'_>) {
                    let describe: fn(&mut Operation<'_>) = $describe;
                    describe(it);
                }
            }

            impl<$($generics)*> DescribeUntold for $param {
                fn describe_untold(it: &mut Operation<'_>) {
                    <Self as Describe>::describe(it);
                }
            }
        )*
    };
}

always_told! {
    () Bytes => |it| plain_body(it, Content::bytes("*/*"));
    () String => |it| {
        plain_body(it, Content::text());
        it.fail(Failed::Ours(Kind::InvalidBody));
    };
    (T: FromHeaders) Header<T> => |it| {
        T::describe(it);
        it.fail(Failed::Ours(Kind::BadHeader));
    };
    (T: FromMultipart) Multipart<T> => |it| {
        let schema = json!({
            "type": "object", "properties": {}, "required": [], "additionalProperties": T::IGNORES_UNKNOWN,
        });
        it.body(Content::new("multipart/form-data", schema));
        T::describe(it);
        for kind in [Kind::BadMultipart, Kind::UnsupportedType, Kind::InvalidBody] {
            it.fail(Failed::Ours(kind));
        }
    };
    () LastEventId => |it| {
        let schema = json!({ "type": "string", "description": "The id of the last event that was seen." });
        it.field(Place::Header, "last-event-id", schema, true);
        it.fail(Failed::Ours(Kind::BadHeader));
    };
    () Bearer => |it| {
        it.security(Security::bearer("bearer"));
        it.problem(401, "The token is missing or not valid");
    };
    () Basic => |it| {
        it.security(Security::basic("basic"));
        it.problem(401, "Name and password are missing or not valid");
    };
    () Cookies => |_| {};
    () HeaderMap => |_| {};
    () Method => |_| {};
    () Uri => |_| {};
    () RequestId => |_| {};
    () Cancel => |_| {};
    (T) Ctx<T> => |_| {};
}
