//! A call and its outcome as a head, which is JSON, and a body, which is the bytes that it is.

use bytes::Bytes;

use crate::{
    call::Envelope,
    error::{self, Error},
    route::Outcome,
};
use gopool_isolated::MAX_HEAD;

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
    // Room for what the process itself says there.
    if head.len() > MAX_HEAD - 1024 {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::message::Response;

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
