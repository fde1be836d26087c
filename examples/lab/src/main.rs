//! Every behaviour of gopool at a URL, for tests, benchmarks and readers.
//!
//! The routes are grouped by what they show: [`work`] burns or waits, [`admission`] says who is next, [`failure`] goes wrong, [`answer`] writes
//! answers, [`stream`] sends while it makes, [`input`] reads requests, [`upload`] large ones, [`shared`] uses what start-up prepared, [`process`] harms its own master,
//! [`isolated`] harms a process of its own.

mod admission;
mod answer;
mod failure;
mod file;
mod input;
mod isolated;
mod process;
mod shared;
mod stream;
#[cfg(test)]
mod tests;
mod upload;
mod work;

fn main() -> std::process::ExitCode {
    gopool::start()
}
