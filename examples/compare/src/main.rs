//! Measures gopool beside its peers.
//!
//! `cargo run --release -p compare` builds all of them, has them take turns over several rounds, checks that their
//! answers are right, drives them with an existing load generator, and writes tables and plots to `target/compare`.
//!
//! What is measured, and why, stands in [`rows`], one file for each question.

mod answer;
mod bootstrap;
mod capacity;
mod database;
mod generator;
mod options;
mod peer;
mod process;
mod report;
mod rounds;
mod rows;
mod sample;
mod server;
mod small;
mod stage;
mod turns;
mod workshop;

use std::process::ExitCode;

use options::Options;
use stage::Stage;

/// What can go wrong is said to a person, who then looks.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match Options::from_args().and_then(|options| options.map_or(Ok(()), run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Failure> {
    let rows = rows::chosen(options.rows.as_deref())?;
    let stage = Stage::set(&options)?;
    let findings = rows
        .into_iter()
        .map(|row| rounds::measure(&stage, row))
        .collect::<Result<Vec<_>, _>>()?;
    report::publish(&stage, &findings)
}
