//! A report that is long: written while it is sent.

use std::io::Write as _;

use gopool::{Query, Stream, Valid};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::user::User;

#[derive(Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct Lines {
    #[serde(default = "a_million")]
    #[garde(range(max = 10_000_000))]
    lines: u64,
}

fn a_million() -> u64 {
    1_000_000
}

/// A line of numbers for each day of a long time. It is computed, so it is a plain `fn`; it waits while its client is behind.
#[gopool::get("/report", priority = "sheddable")]
pub(crate) fn report(_user: User, asked: Valid<Query<Lines>>) -> Stream {
    let lines = asked.lines;
    Stream::new("text/csv", move |out| {
        writeln!(out, "day,turnover")?;
        for day in 0..lines {
            writeln!(out, "{day},{}", day.wrapping_mul(2_654_435_761) % 100_000)?;
        }
        Ok(())
    })
}
