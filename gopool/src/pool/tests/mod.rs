//! The pool from outside, and its rules from inside, by area.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod smoke;
