//! `Status<CODE, T>`: a reply with another status than 200.

use http::StatusCode;

use super::replies::Reply;
use crate::{message::Response, route::Outcome};

/// A reply with another status than 200.
///
/// ```
/// use gopool::Status;
///
/// #[derive(serde::Serialize)]
/// struct Made { id: u64 }
///
/// #[gopool::post("/v1/reports")]
/// fn create() -> Status<201, Made> {
///     Status(Made { id: 7 })
/// }
/// ```
///
/// 204, 205 and 304 never have a body, whatever is in the `T`. A code outside 200..=599 does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status<const CODE: u16, T = ()>(pub T);

impl<const CODE: u16, T> Status<CODE, T> {
    const IS_FINAL: () = assert!(
        200 <= CODE && CODE <= 599,
        "the status of a reply is between 200 and 599"
    );

    fn apply(response: Response) -> Response {
        const { Self::IS_FINAL }
        // The assertion above leaves nothing that could fail.
        let status = StatusCode::from_u16(CODE).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match CODE {
            204 | 205 | 304 => response.without_body().and_status(status),
            _ => response.and_status(status),
        }
    }
}

impl<const CODE: u16, T: Reply> Reply for Status<CODE, T> {
    fn reply(self) -> Outcome {
        self.0.reply().map(Self::apply)
    }
}
