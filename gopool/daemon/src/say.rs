//! What the daemon says for people, line by line.

use std::io::{self, Write};

/// One line on the standard error. It carries no time: whoever collects it adds one.
pub(crate) fn say(name: &str, line: &str) {
    // A closed standard error is no reason to die.
    let _ = write_line(&mut io::stderr(), name, line);
}

/// In a single write: the masters write to the same place, and between two writes their lines would get into ours.
fn write_line(out: &mut impl Write, name: &str, line: &str) -> io::Result<()> {
    out.write_all(format!("gopool daemon ({name}): {line}\n").as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Writes(Vec<String>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_written_in_one_piece() {
        let mut writes = Writes::default();
        write_line(&mut writes, "lab", "master 1 is ready and serves").unwrap();
        assert_eq!(writes.0, ["gopool daemon (lab): master 1 is ready and serves\n"]);
    }
}
