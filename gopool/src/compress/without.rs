//! What is there without the feature `compress`: no coding at all. Nothing is negotiated then, so nobody comes here.

use std::io;

use bytes::Bytes;

use super::coding::{Coding, Fault};

/// Codes nothing.
pub(crate) enum Encoder {}

impl Encoder {
    pub(crate) fn new(_: Coding, _: Option<usize>) -> Option<Self> {
        None
    }

    pub(super) fn whole(_: Coding, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    pub(crate) fn part(&mut self, _: &[u8]) -> io::Result<Bytes> {
        match *self {}
    }

    pub(crate) fn end(self) -> io::Result<Vec<u8>> {
        match self {}
    }
}

pub(super) fn decode(_: Coding, body: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    match body.len() > most {
        true => Err(Fault::TooLarge),
        false => Err(Fault::Broken(io::ErrorKind::Unsupported.into())),
    }
}
