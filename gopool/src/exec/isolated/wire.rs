//! A call and its outcome as a head, which is JSON, and a body, which is the bytes that it is.

use std::io;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    call::Envelope,
    error::{self, Error},
    message::{Beat, Flow, Response, Source},
    route::Outcome,
};
use gopool_isolated::{HEAD_OVERHEAD, MAX_HEAD};

pub(super) fn write_call(mut envelope: Envelope) -> Result<(Vec<u8>, Bytes), Error> {
    let body = envelope.request.take_body();
    Ok((serde_json::to_vec(&envelope)?, body))
}

pub(super) fn read_call(head: &[u8], body: Bytes) -> Result<Envelope, Error> {
    let mut envelope: Envelope = serde_json::from_slice(head)?;
    envelope.request = envelope.request.with_body(body);
    Ok(envelope)
}

/// What cannot be written is written as a failure that says so.
pub(super) fn write_outcome(outcome: Outcome) -> (Vec<u8>, Bytes) {
    try_write(outcome).unwrap_or_else(|reason| {
        let failure = Error::internal(format!("the answer cannot leave its process: {reason}"));
        try_write(Err(failure)).unwrap_or_default()
    })
}

fn try_write(mut outcome: Outcome) -> Result<(Vec<u8>, Bytes), String> {
    let body = outcome
        .as_mut()
        .map_or_else(|_| Bytes::new(), |response| response.take_body());
    let mut head = Vec::new();
    error::wire::serialize(&outcome, &mut serde_json::Serializer::new(&mut head))
        .map_err(|error| error.to_string())?;
    if head.len() > MAX_HEAD - HEAD_OVERHEAD {
        return Err(format!(
            "its headers, or the texts of its failure, are {} bytes long",
            head.len()
        ));
    }
    Ok((head, body))
}

/// # Errors
/// What came is no outcome.
pub(super) fn read_outcome(head: &[u8], body: Bytes) -> Result<Outcome, serde_json::Error> {
    let outcome = error::wire::deserialize(&mut serde_json::Deserializer::from_slice(head))?;
    Ok(outcome.map(|mut response| {
        response.give_body(body);
        response
    }))
}

/// The head of an answer that flows.
#[derive(Serialize, Deserialize)]
struct Begun {
    response: Response,
    length: Option<u64>,
    beat: Option<Beat>,
}

pub(super) fn write_begun(mut response: Response) -> io::Result<Vec<u8>> {
    let flow = response.take_flow();
    let begun = Begun {
        length: flow.as_ref().and_then(|flow| flow.length),
        beat: flow.as_ref().and_then(|flow| flow.beat),
        response,
    };
    Ok(serde_json::to_vec(&begun)?)
}

/// A response with a body that flows, of which whoever reads it makes the parts.
///
/// # Errors
/// What came is no such head.
pub(super) fn read_begun(head: &[u8]) -> Result<Response, serde_json::Error> {
    let Begun {
        response,
        length,
        beat,
    } = serde_json::from_slice(head)?;
    let mut flow = Flow::new(Source::Written(Box::new(|_| Ok(()))));
    (flow.length, flow.beat) = (length, beat);
    Ok(response.flowing(flow))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::time::Duration;

    use super::*;

    fn there_and_back(outcome: Outcome) -> Outcome {
        let (head, body) = write_outcome(outcome);
        read_outcome(&head, body).unwrap()
    }

    #[test]
    fn a_response_crosses_with_its_body_beside_it() {
        let body = vec![0xff; 100_000];
        let response = Response::status(201).header("x-a", "1").bytes(body.clone());
        let (head, beside) = write_outcome(Ok(response));
        assert!(head.len() < 300 && beside == body, "{}", head.len());
        let back = read_outcome(&head, beside).unwrap().unwrap();
        assert_eq!((back.code(), &back.body()[..]), (201, &body[..]));
        assert_eq!(back.media_type().unwrap(), "application/octet-stream");
        assert_eq!(back.headers()["x-a"], "1");
    }

    #[test]
    fn the_head_of_a_body_that_flows_crosses_with_what_is_said_of_the_body() {
        let beat = Beat {
            keep_alive: Some(Duration::from_secs(15)),
            retry: None,
        };
        let flow = Flow::new(Source::Written(Box::new(|_| Ok(()))));
        let response = Response::status(201).header("x-a", "1").content_type("text/csv");
        let head = write_begun(response.flowing(flow).of_length(7).beating(beat)).unwrap();
        let back = read_begun(&head).unwrap();
        assert_eq!(
            (back.code(), back.media_type().unwrap()),
            (201, &"text/csv".parse().unwrap())
        );
        assert_eq!(back.headers()["x-a"], "1");
        let flow = back.flow().unwrap();
        assert_eq!((flow.length, flow.beat), (Some(7), Some(beat)));
        assert!(read_begun(b"{}").is_err());
    }

    #[test]
    fn a_failure_crosses() {
        let back = there_and_back(Err(Error::conflict("taken").cause("inner")));
        let error = back.unwrap_err();
        assert_eq!((error.code(), error.public_detail()), (409, Some("taken")));
        assert_eq!(error.private_cause().unwrap().to_string(), "inner");
    }

    #[test]
    fn what_is_too_long_to_cross_is_a_failure_that_says_so() {
        let long = "x".repeat(MAX_HEAD);
        let error = there_and_back(Ok(Response::ok().header("x-a", &long))).unwrap_err();
        assert!(error.to_string().contains("cannot leave its process"), "{error}");
        assert!(there_and_back(Err(Error::internal(long))).is_err());
    }
}
