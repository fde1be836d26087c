//! Parameters that every request has, or that an empty body fills: in an `Option` they are there, or the body is not.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use super::{param::OptionalParam, path::Path};
use crate::{call::Call, message::RequestId};
use gopool_pool::Cancel;
use serde::de::DeserializeOwned;

macro_rules! always_there {
    ($($param:ty)*) => {
        $(
            impl OptionalParam for $param {
                fn is_absent(_call: &Call) -> bool {
                    false
                }
            }
        )*
    };
}

always_there!(Method Uri RequestId Cancel HeaderMap);

impl<T: DeserializeOwned> OptionalParam for Path<T> {
    fn is_absent(_call: &Call) -> bool {
        false
    }
}

/// Absent when the body is empty.
impl OptionalParam for Bytes {
    fn is_absent(call: &Call) -> bool {
        call.request().body().is_empty()
    }
}

/// Absent when the body is empty.
impl OptionalParam for String {
    fn is_absent(call: &Call) -> bool {
        call.request().body().is_empty()
    }
}
