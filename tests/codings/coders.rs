//! What clients do.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder, write::ZlibEncoder};

pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::encode_all(body, 19).unwrap()
}

/// A body as it was before it was coded.
pub(crate) fn decode(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => drop(GzDecoder::new(body).read_to_end(&mut plain).unwrap()),
        "zstd" => plain = zstd::decode_all(body).unwrap(),
        other => panic!("nobody sends `{other}`"),
    }
    plain
}
