//! Bodies that are small on their way and would fill the memory.

use gopool_tests::{Server, lab};

use crate::coders::{deflate, gzip, zstd};

/// What each may cost in memory that the process did not have before, in bytes.
const MOST: u64 = 10_000_000;

/// 32 KiB that are a GiB: a frame with a window of 8 MiB, and blocks that say "128 KiB of the same byte".
fn bomb_of_zstd() -> Vec<u8> {
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68];
    for block in 0..8192_u32 {
        let is_last = u32::from(block == 8191);
        let header = (128_u32 << 10 << 3) | (1 << 1) | is_last;
        bomb.extend_from_slice(&header.to_le_bytes()[..3]);
        bomb.push(b'x');
    }
    bomb
}

/// The most memory that the process has ever had, in bytes.
fn peak(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn post(server: &Server, coding: &str, body: &[u8]) -> u16 {
    let head = format!(
        "POST /lab/bytes HTTP/1.1\r\nhost: x\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = server.connect();
    connection.send([head.as_bytes(), body].concat()).unwrap();
    connection.answer().status
}

#[test]
fn a_bomb_costs_no_more_than_the_limit_of_the_body_and_a_window() {
    // One thread, so that what it keeps for the next request is kept once.
    let server = lab().args("--max-threads 1").start();
    let whole = vec![b'x'; 1_000_000];
    // What is there once and for all.
    for (coding, body) in [
        ("gzip", gzip(&whole)),
        ("deflate", deflate(&whole)),
        ("zstd", zstd(&whole)),
    ] {
        assert_eq!(post(&server, coding, &body), 200, "{coding}");
    }
    let of_gzip = gzip(&whole).repeat(33);
    for (coding, bomb) in [
        ("zstd", bomb_of_zstd()),
        ("gzip", of_gzip),
        ("deflate", deflate(&vec![b'x'; 3 << 20])),
    ] {
        assert!(
            (8_000..40_000).contains(&bomb.len()),
            "{} bytes of {coding}",
            bomb.len()
        );
        let before = peak(&server);
        for _ in 0..3 {
            assert_eq!(post(&server, coding, &bomb), 413, "{coding}");
        }
        let cost = peak(&server) - before;
        assert!(cost <= MOST, "{cost} bytes for {coding}");
    }
}
