//! What each reply says of itself.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{Event, Events, File, Redirect, Status, Stream};
use crate::{
    describe::{Answer, Content, DescribeReply, Schemas},
    error::Error,
    message::Response,
};

macro_rules! told {
    ($($reply:ty => $answer:expr;)*) => {
        $(
            impl DescribeReply for $reply {
                fn describe(_: &mut Schemas) -> Answer {
                    $answer
                }
            }
        )*
    };
}

told! {
    String => Answer::text();
    &'static str => Answer::text();
    Cow<'static, str> => Answer::text();
    Box<str> => Answer::text();
    Arc<str> => Answer::text();
    Vec<u8> => Answer::bytes("application/octet-stream");
    Bytes => Answer::bytes("application/octet-stream");
    () => Answer::empty();
    Response => Answer::anything();
    Error => Answer::anything();
    Stream => Answer::bytes("*/*");
    File => Answer::bytes("*/*").header("etag", "By what it is known again.").header("last-modified", "When it was changed.");
    Redirect => Answer::empty().range("3XX").header("location", "Where to go on.");
    Events<Event> => Answer::with(events(None));
}

impl<T: JsonSchema> DescribeReply for Events<T> {
    fn describe(schemas: &mut Schemas) -> Answer {
        Answer::with(events(Some(schemas.output::<T>())))
    }
}

/// A stream of events; each is told in `data`, as this JSON if it is any.
pub(crate) fn events(data: Option<Value>) -> Content {
    let mut properties = json!({
        "event": { "type": "string" },
        "id": { "type": "string" },
        "retry": { "type": "integer", "minimum": 0 },
    });
    properties["data"] = match data {
        Some(schema) => {
            json!({ "type": "string", "contentMediaType": "application/json", "contentSchema": schema })
        }
        None => json!({ "type": "string" }),
    };
    Content {
        item: Some(json!({ "type": "object", "properties": properties })),
        ..Content::new("text/event-stream", json!({ "type": "string" }))
    }
}

impl<const CODE: u16, T: DescribeReply> DescribeReply for Status<CODE, T> {
    fn describe(schemas: &mut Schemas) -> Answer {
        T::describe(schemas).status(CODE)
    }
}

/// The headers are known to nobody before they are written.
impl<const CODE: u16, H, T: DescribeReply> DescribeReply for (Status<CODE>, H, T) {
    fn describe(schemas: &mut Schemas) -> Answer {
        T::describe(schemas).status(CODE)
    }
}
