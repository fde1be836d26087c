//! The daemon's own lines: written at once or not at all, because nothing may wait for whoever reads them.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    time::SystemTime,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FileType, OFlags, fstat},
    net::{SendFlags, send},
};
use serde::{Deserialize, Serialize};

/// A pipe takes so many bytes in one piece or not at all (`PIPE_BUF`); a longer line is cut.
const LONGEST: usize = 4096;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// The time, the level, the target, the text.
    #[default]
    Text,
    /// One JSON object a line, with `timestamp`, `level`, `message` and `target`.
    Json,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    /// Something failed, and the daemon does something about it.
    Warn,
    /// The daemon ends, or did not begin.
    Error,
}

/// Where the lines go.
#[derive(Debug)]
pub(crate) struct Log {
    format: LogFormat,
    out: Out,
    /// Lines since the last one that got through.
    lost: u64,
    lost_in_all: u64,
}

/// The standard error, by what it takes to write to it without waiting.
#[derive(Debug)]
enum Out {
    /// A pipe or a terminal under a descriptor of our own: the flag that it must not wait is not that of the masters.
    Reopened(File),
    Socket,
    /// A file, which never waits for anybody; or a pipe that cannot be opened anew, which is asked first.
    Plain,
}

impl Log {
    pub(crate) fn to_stderr(format: LogFormat) -> Log {
        Log {
            format,
            out: Out::of_stderr(),
            lost: 0,
            lost_in_all: 0,
        }
    }

    pub(crate) fn say(&mut self, level: Level, text: &str) {
        let has_said = match self.lost {
            0 => true,
            lost => self.write(
                Level::Warn,
                &format!("{lost} lines of the daemon were lost, because nobody read them"),
            ),
        };
        if has_said {
            self.lost = 0;
        }
        if !has_said || !self.write(level, text) {
            self.lost += 1;
            self.lost_in_all += 1;
        }
    }

    pub(crate) fn set_format(&mut self, format: LogFormat) {
        self.format = format;
    }

    /// Lines that nobody read.
    pub(crate) fn lost_in_all(&self) -> u64 {
        self.lost_in_all
    }

    fn write(&self, level: Level, text: &str) -> bool {
        let mut line = line(self.format, SystemTime::now(), level, text);
        if line.len() > LONGEST {
            line.truncate(line.floor_char_boundary(LONGEST - 1));
            line.push('\n');
        }
        // A closed standard error is no reason to die, nor is a lost line a reason to try again.
        match self.out.write(line.as_bytes()) {
            Ok(()) => true,
            Err(cause) => cause.kind() != io::ErrorKind::WouldBlock,
        }
    }
}

impl Out {
    fn of_stderr() -> Out {
        let stderr = io::stderr();
        let kind = fstat(&stderr).map(|found| FileType::from_raw_mode(found.st_mode));
        match kind {
            Ok(FileType::Socket) => Out::Socket,
            Ok(FileType::Fifo | FileType::CharacterDevice) => {
                let flags = (OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::APPEND).bits();
                let reopened = OpenOptions::new()
                    .write(true)
                    .custom_flags(flags.cast_signed())
                    .open("/proc/self/fd/2");
                reopened.map_or(Out::Plain, Out::Reopened)
            }
            _ => Out::Plain,
        }
    }

    /// In a single write: the masters write to the same place, and between two writes their lines would get into ours.
    fn write(&self, line: &[u8]) -> io::Result<()> {
        match self {
            Out::Reopened(file) => (&*file).write_all(line),
            Out::Socket => {
                send(io::stderr(), line, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
                Ok(())
            }
            Out::Plain => {
                let stderr = io::stderr();
                let mut room = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
                match poll(
                    &mut room,
                    Some(&Timespec {
                        tv_sec: 0,
                        tv_nsec: 0,
                    }),
                ) {
                    Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
                    _ => stderr.lock().write_all(line),
                }
            }
        }
    }
}

fn line(format: LogFormat, now: SystemTime, level: Level, text: &str) -> String {
    let time = humantime::format_rfc3339_micros(now);
    let level = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    match format {
        // A master gives reasons of its own, and nothing in them may look like another line.
        LogFormat::Text => format!("{time} {level:>5} gopool::daemon: {}\n", plain(text)),
        LogFormat::Json => {
            let line = serde_json::json!({
                "timestamp": time.to_string(),
                "level": level,
                "message": text,
                "target": "gopool::daemon",
            });
            format!("{line}\n")
        }
    }
}

/// The text with what could begin a line or steer a terminal written as escapes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use std::io::Read;

    use super::*;

    fn said(format: LogFormat, text: &str) -> String {
        line(format, SystemTime::UNIX_EPOCH, Level::Warn, text)
    }

    #[test]
    fn a_line_has_a_time_and_a_level_and_nothing_in_it_begins_another_line() {
        assert_eq!(
            said(LogFormat::Text, "sick: a\n\u{1b}[31mb é"),
            "1970-01-01T00:00:00.000000Z  WARN gopool::daemon: sick: a\\n\\u{1b}[31mb é\n"
        );
        let json: serde_json::Value = serde_json::from_str(&said(LogFormat::Json, "a\nb")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "timestamp": "1970-01-01T00:00:00.000000Z",
                "level": "WARN",
                "message": "a\nb",
                "target": "gopool::daemon",
            })
        );
    }

    #[test]
    fn lines_that_nobody_reads_are_counted_and_said_when_somebody_reads_again() {
        let (mut read, write) = std::io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&write));
        let file = OpenOptions::new()
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(path);
        let mut log = Log {
            format: LogFormat::Text,
            out: Out::Reopened(file.unwrap()),
            lost: 0,
            lost_in_all: 0,
        };
        let long = "x".repeat(LONGEST);
        while log.lost_in_all() == 0 {
            log.say(Level::Info, &long);
        }
        log.say(Level::Info, &long);
        let mut bytes = vec![0; 1 << 20];
        assert!(read.read(&mut bytes).unwrap() > 0);
        log.say(Level::Info, "heard again");
        assert_eq!(log.lost_in_all(), 2);
        let count = read.read(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        let lines: Vec<_> = text.lines().rev().take(2).collect();
        assert!(lines[0].ends_with("heard again"), "{lines:?}");
        assert!(lines[1].contains("2 lines of the daemon were lost"), "{lines:?}");
    }
}
