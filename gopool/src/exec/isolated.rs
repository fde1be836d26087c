//! In a child process of this same program, which can be killed.
//!
//! The request crosses as an envelope, its body beside it, and so does the outcome, or the parts of an answer that flows. `outside` is the
//! master's half, `inside` and `spoken` are the child's.

pub(crate) mod inside;
mod outside;
mod spoken;
mod tag;
mod wire;

pub(crate) use outside::{Isolated, Sent};
pub(crate) use tag::IsolatedCall;
