//! `GET /v1/primes/{number}`: whether a number is a prime.

use gopool::{Error, Path, Problem};
use serde::Serialize;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    number: u64,
    is_prime: bool,
}

/// What can go wrong, and how the client learns of it.
#[derive(Debug, thiserror::Error, Problem)]
pub(crate) enum PrimeError {
    #[error("{number} is smaller than 2")]
    #[problem(status = 400, title = "Not a number to ask about")]
    TooSmall {
        #[problem(member)]
        number: u64,
    },
    #[error(transparent)]
    #[problem(transparent)]
    Other(#[from] Error),
}

/// CPU work, so a plain `fn`: it runs on the pool.
#[gopool::get("/v1/primes/{number}", timeout = "2s")]
pub(crate) fn prime(number: Path<u64>) -> Result<Answer, PrimeError> {
    let number = *number;
    if number < 2 {
        return Err(PrimeError::TooSmall { number });
    }
    let mut divisor = 2;
    while divisor * divisor <= number && !number.is_multiple_of(divisor) {
        if divisor % 4096 == 0 {
            // Ends here when the client has left, or the time is up.
            gopool::checkpoint().map_err(Error::from)?;
        }
        divisor += 1;
    }
    Ok(Answer {
        number,
        is_prime: divisor * divisor > number,
    })
}
