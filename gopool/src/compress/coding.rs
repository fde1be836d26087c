//! The content codings that we know, by the names that HTTP gives them.

use std::io;

use serde::{Deserialize, Serialize};

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Coding {
    Zstd,
    Gzip,
    /// Of requests only: what clients send under this name is one of two formats.
    Deflate,
}

/// What went wrong with a body that was to be decoded.
#[derive(Debug)]
pub(super) enum Fault {
    TooLarge,
    Broken(io::Error),
}

impl Coding {
    /// The one of this name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name {
            _ if is("zstd") => Some(Self::Zstd),
            _ if is("gzip") || is("x-gzip") => Some(Self::Gzip),
            _ if is("deflate") => Some(Self::Deflate),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }
}
