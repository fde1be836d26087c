//! A body that is a file, or a part of one, read while it is sent.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::{
    exec::on_disk,
    message::{Content, Failure, Parts},
};

/// How much is read at once, in bytes.
const PART: u64 = 64 << 10;
/// How many parts are read ahead of the client, and with the one that is sent all that is in memory.
const AHEAD: usize = 2;

/// Reads it part by part, as it is asked for.
pub(super) fn parts(content: Content) -> Parts {
    let length = content.len();
    let starts = (0..length).step_by(PART as usize);
    let ranges = starts.map(move |start| start..(start + PART).min(length));
    let read = move |range| {
        let part = content.slice(range);
        async { on_disk(move || part.bytes()).await.map_err(Failure::from) as Result<Bytes, Failure> }
    };
    Box::pin(stream::iter(ranges).map(read).buffered(AHEAD))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::io::Write as _;

    use futures_util::TryStreamExt as _;

    use super::*;
    use crate::message::HeldFile;

    async fn read(content: Content) -> Result<Vec<Bytes>, Failure> {
        parts(content).try_collect().await
    }

    #[tokio::test]
    async fn a_file_comes_in_parts_and_in_order() {
        for length in [0, 1, PART, PART + 1, 5 * PART] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            let content = Content::of_file(HeldFile::new(file), length);
            let parts = read(content).await.unwrap();
            assert_eq!(parts.len() as u64, length.div_ceil(PART));
            assert!(parts.concat() == bytes, "{length}");
        }
    }

    #[tokio::test]
    async fn a_file_that_has_become_shorter_is_a_failure() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(PART).unwrap();
        let content = Content::of_file(HeldFile::new(file), PART + 1);
        assert!(read(content).await.is_err());
    }
}
