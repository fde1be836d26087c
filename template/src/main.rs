//! A service to begin with: one route that computes, one that says that it lives, an error type, and tests.

mod primes;

/// Asked by whoever wants to know whether the service lives.
#[gopool::get("/health", run = "inline")]
fn health() -> &'static str {
    "ok"
}

fn main() -> std::process::ExitCode {
    gopool::start()
}

#[cfg(test)]
mod tests;
