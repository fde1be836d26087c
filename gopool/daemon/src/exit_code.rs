//! The codes with which a daemon, and a master without one, end.

/// Stopped as asked, nothing left behind.
pub const STOPPED: u8 = 0;
/// The launch failed, in the daemon or by a reason that the first master gave.
pub const NOT_LAUNCHED: u8 = 1;
/// Gave up after too many deaths (`EX_UNAVAILABLE`).
pub const GAVE_UP: u8 = 69;
/// A second INT ended everything at once (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;
