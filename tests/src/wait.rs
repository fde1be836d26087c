//! Waiting for events.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything may take before a test calls it a hang. No test that passes comes near.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits until `happened` gives something.
///
/// # Panics
/// When it did not within [`LIMIT`]; `what` says what was awaited.
pub fn until<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(event) = happened() {
            return event;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
