//! How an outcome crosses to another process and back, its failure included: what the client and the log are to be told.
//!
//! A cause is a value of this process. What crosses are the texts of its chain, so the log reads the same on the other side.

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    failure::{Cause, Error, Parts},
    kind::Kind,
    own::Own,
};
use crate::message::{Headers, Response};

type Outcome = Result<Response, Error>;

pub(crate) fn serialize<S: Serializer>(outcome: &Outcome, to: S) -> Result<S::Ok, S::Error> {
    outcome.as_ref().map_err(Written::from).serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Outcome, D::Error> {
    match Result::<Response, Written<'_>>::deserialize(from)? {
        Ok(response) => Ok(Ok(response)),
        Err(written) => Error::try_from(written).map(Err).map_err(D::Error::custom),
    }
}

/// A failure as it is written. What a later version adds is passed over.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    status: u16,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<Duration>,
    headers: Cow<'a, Headers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<Cow<'a, Own>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Cow<'a, Response>>,
    /// The cause, what caused it, and so on.
    causes: Vec<String>,
}

impl<'a> From<&'a Error> for Written<'a> {
    fn from(error: &'a Error) -> Self {
        let parts = &error.0;
        Self {
            status: error.code(),
            kind: parts.kind,
            detail: parts.detail.as_deref().map(Cow::Borrowed),
            retry_after: parts.retry_after,
            headers: Cow::Borrowed(&parts.headers),
            own: parts.own.as_deref().map(Cow::Borrowed),
            answer: parts.answer.as_deref().map(Cow::Borrowed),
            causes: error.causes().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<Written<'_>> for Error {
    type Error = String;

    fn try_from(written: Written<'_>) -> Result<Self, String> {
        let status = written.status;
        let is_failure = (400..=599).contains(&status);
        let status = StatusCode::from_u16(status).ok().filter(|_| is_failure);
        Ok(Self(Box::new(Parts {
            status: status.ok_or_else(|| format!("`{}` is not the status of a failure", written.status))?,
            kind: written.kind,
            detail: written.detail.map(Cow::into_owned),
            retry_after: written.retry_after,
            headers: written.headers.into_owned(),
            own: written.own.map(|own| Box::new(own.into_owned())),
            answer: written.answer.map(|answer| Box::new(answer.into_owned())),
            cause: Reported::chain(written.causes),
        })))
    }
}

/// A cause of another process, of which only the text is left.
#[derive(Debug)]
struct Reported {
    text: String,
    source: Option<Cause>,
}

impl Reported {
    /// The outermost, with the others behind it.
    fn chain(texts: Vec<String>) -> Option<Cause> {
        let behind = |source, text| Some(Cause::from(Self { text, source }));
        texts.into_iter().rfold(None, behind)
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Reported {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn there_and_back(outcome: &Outcome) -> Outcome {
        let mut json = Vec::new();
        serialize(outcome, &mut serde_json::Serializer::new(&mut json)).unwrap();
        deserialize(&mut serde_json::Deserializer::from_slice(&json)).unwrap()
    }

    /// All that anybody can ask of a failure.
    fn told(
        error: &Error,
    ) -> (
        u16,
        Kind,
        Option<String>,
        Option<Duration>,
        http::HeaderMap,
        Option<Own>,
        String,
    ) {
        let detail = error.public_detail().map(str::to_owned);
        let headers = error.headers().clone();
        let retry_after = error.0.retry_after;
        (
            error.code(),
            error.kind(),
            detail,
            retry_after,
            headers,
            error.0.own.as_deref().cloned(),
            error.to_string(),
        )
    }

    /// Text with quotes, line ends, control characters and letters of every length in UTF-8.
    fn any_text(random: &mut fastrand::Rng) -> String {
        let letters = [
            '"',
            '\\',
            '\n',
            '\0',
            '\u{7f}',
            'a',
            '\u{e9}',
            '\u{20ac}',
            '\u{1f680}',
        ];
        let length = random.usize(..20);
        (0..length)
            .map(|_| letters[random.usize(..letters.len())])
            .collect()
    }

    fn any_error(kind: Kind, random: &mut fastrand::Rng) -> Error {
        let mut error = match kind {
            Kind::Other => Error::status(random.u16(400..=599)),
            kind => Error::of(kind),
        };
        if random.bool() {
            error = error.detail(any_text(random));
        }
        if random.bool() {
            error = error.retry_after(Duration::from_nanos(random.u64(..)));
        }
        if random.bool() {
            error = error.problem_type("urn:shop:sold-out").title(any_text(random));
            error = error.member(&any_text(random), &[any_text(random)]);
        }
        for name in ["www-authenticate", "x-a", "x-a"] {
            error = error.header(name, ["", "Bearer", "a=\"b\", c"][random.usize(..3)]);
        }
        let texts = (0..random.usize(..4)).map(|_| any_text(random)).collect();
        match Reported::chain(texts) {
            Some(cause) => error.cause(cause),
            None => error,
        }
    }

    #[test]
    fn every_kind_of_failure_survives_the_wire() {
        let mut random = fastrand::Rng::with_seed(7);
        for kind in Kind::ALL.into_iter().chain([Kind::Other]) {
            for _ in 0..100 {
                let error = any_error(kind, &mut random);
                let before = told(&error);
                let back = there_and_back(&Err(error)).unwrap_err();
                assert_eq!(told(&back), before);
            }
        }
    }

    #[test]
    fn a_cause_of_this_process_keeps_its_chain_of_texts() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("outer")
            }
        }
        impl StdError for Outer {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                Some(&self.0)
            }
        }
        let error = Error::from(Outer(std::io::Error::other("inner")));
        let back = there_and_back(&Err(error)).unwrap_err();
        assert_eq!(back.to_string(), "500 internal: outer: inner");
        let cause = back.private_cause().unwrap();
        assert_eq!(cause.source().unwrap().to_string(), "inner");
    }

    #[test]
    fn a_response_survives_the_wire_as_an_outcome() {
        let response = Response::status(201).header("x-a", "1").text("made");
        let back = there_and_back(&Ok(response.clone())).unwrap();
        assert_eq!((back.code(), back.body()), (201, response.body()));
        assert_eq!(
            (back.media_type(), back.headers()),
            (response.media_type(), response.headers())
        );
    }

    #[test]
    fn a_failure_that_is_none_is_refused_and_what_is_new_passed_over() {
        let read = |json: &str| deserialize(&mut serde_json::Deserializer::from_str(json));
        let failure = |status: u16| {
            format!(
                r#"{{"Err":{{"status":{status},"kind":"melted","headers":[],"causes":[],"colour":"red"}}}}"#
            )
        };
        let error = read(&failure(451)).unwrap().unwrap_err();
        assert_eq!((error.code(), error.kind()), (451, Kind::Other));
        for status in [99, 200, 600] {
            assert!(read(&failure(status)).is_err(), "{status}");
        }
        let split = r#"{"Err":{"status":400,"kind":"error","headers":[["x-a","1\r\nx-b: 2"]],"causes":[]}}"#;
        assert!(read(split).is_err());
    }
}
