//! Bodies of requests that come compressed: decoded within the limit that holds for them as they are.

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use serde::{Deserialize, Serialize};

#[cfg(feature = "compress")]
use super::coder::decode;
use super::coding::{Coding, Fault};
#[cfg(not(feature = "compress"))]
use super::without::decode;
use crate::{
    error::{Error, Kind},
    message::Request,
};

/// What we decode, for whoever sent something else.
const ACCEPTED: &str = "zstd, gzip, deflate, identity";

/// How a body is coded, and how large it may be when it is not any more, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodedBody {
    pub(crate) coding: Coding,
    pub(crate) most: u64,
}

/// The coding of a body by the values of its `Content-Encoding`; `None` for one that is as it is.
///
/// # Errors
/// 415 for what nobody decodes here, which several codings at once are, too.
pub(crate) fn body_coding<'a>(values: impl Iterator<Item = &'a [u8]>) -> Result<Option<Coding>, Error> {
    let names = values.flat_map(|value| value.split(|byte| *byte == b','));
    let names = names.map(|name| String::from_utf8_lossy(name.trim_ascii()));
    let mut names = names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
    let Some(name) = names.next() else { return Ok(None) };
    match Coding::named(&name).filter(|_| names.next().is_none()) {
        Some(coding) => Ok(Some(coding)),
        None => {
            // RFC 9110, section 15.5.16.
            let error = Error::of(Kind::UnsupportedType).header("accept-encoding", ACCEPTED);
            Err(error.detail(format!("send the body with one content encoding of {ACCEPTED}")))
        }
    }
}

impl CodedBody {
    /// The request with its body decoded. Nobody need know any more that it was coded.
    ///
    /// # Errors
    /// 413 as soon as it is larger than it may be, 400 when it is not what it says.
    pub(crate) fn decode(self, request: &Request) -> Result<Request, Error> {
        let plain = request.clone().without_header(&CONTENT_ENCODING);
        // A body that is not there needs no frame around it.
        if request.body().is_empty() {
            return Ok(plain);
        }
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        match decode(self.coding, request.body(), most) {
            Ok(body) => Ok(plain.with_body(Bytes::from(body))),
            Err(Fault::TooLarge) => {
                let detail = format!("the body is larger than {} bytes when it is decoded", self.most);
                Err(Error::of(Kind::TooLarge).detail(detail))
            }
            Err(Fault::Broken(cause)) => {
                let name = self.coding.name();
                Err(Error::bad_request(format!(
                    "the body cannot be decoded as `{name}`: {cause}"
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coding(values: &[&str]) -> Result<Option<Coding>, u16> {
        body_coding(values.iter().map(|value| value.as_bytes())).map_err(|error| error.code())
    }

    #[test]
    fn a_body_has_one_coding_that_we_know_or_none() {
        assert_eq!(coding(&[]), Ok(None));
        assert_eq!(coding(&["identity"]), Ok(None));
        assert_eq!(coding(&["Identity, "]), Ok(None));
        assert_eq!(coding(&["GZip"]), Ok(Some(Coding::Gzip)));
        assert_eq!(coding(&["x-gzip, identity"]), Ok(Some(Coding::Gzip)));
        assert_eq!(coding(&["deflate"]), Ok(Some(Coding::Deflate)));
        assert_eq!(coding(&["zstd"]), Ok(Some(Coding::Zstd)));
        for several in [&["gzip, zstd"][..], &["gzip", "gzip"], &["br"], &["gzip;q=1"]] {
            assert_eq!(coding(several), Err(415), "{several:?}");
        }
    }
}
