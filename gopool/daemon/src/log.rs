//! The daemon's own lines: written at once or not at all, because nothing may wait for whoever reads them.

mod file;
mod stderr;

use std::{
    env, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use self::{file::LogFile, stderr::Stderr};
use crate::{error::Error, user::Identity};

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

/// How much a line matters; the least is the most important.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The daemon ends, or did not begin.
    Error,
    /// Something failed, and the daemon does something about it.
    Warn,
    /// Anything else that happens.
    Info,
}

/// What becomes of the daemon's own lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// How they are written.
    pub format: LogFormat,
    /// The least important that are written; `None` writes none.
    pub level: Option<Level>,
    /// The file that they go to, from the root on; else it is the standard error. Errors go to both.
    pub file: Option<PathBuf>,
}

impl Default for Logging {
    /// Everything, as text, to the standard error.
    fn default() -> Logging {
        Logging {
            format: LogFormat::Text,
            level: Some(Level::Info),
            file: None,
        }
    }
}

/// Where the lines go.
#[derive(Debug)]
pub(crate) struct Log {
    format: LogFormat,
    level: Option<Level>,
    out: Out,
    /// Whose a new file is.
    owner: Option<Identity>,
    /// Lines since the last one that got through.
    lost: u64,
    lost_in_all: u64,
}

#[derive(Debug)]
enum Out {
    Stderr(Stderr),
    File(LogFile),
}

impl Out {
    fn open(logging: &Logging, owner: Option<Identity>) -> Result<Out, Error> {
        let Some(path) = &logging.file else {
            return Ok(Out::Stderr(Stderr::open()));
        };
        let file = LogFile::open(path, owner).map_err(|cause| cannot_open(path, &cause))?;
        Ok(Out::File(file))
    }

    fn file(&self) -> Option<&LogFile> {
        match self {
            Out::Stderr(_) => None,
            Out::File(file) => Some(file),
        }
    }

    /// Whether the line got to where it should.
    fn write(&mut self, line: &[u8]) -> bool {
        match self {
            // A closed standard error is no reason to die, nor is a lost line a reason to try again.
            Out::Stderr(stderr) => match stderr.write(line) {
                Ok(()) => true,
                Err(cause) => cause.kind() != io::ErrorKind::WouldBlock,
            },
            Out::File(file) => file.write(line).is_ok(),
        }
    }
}

impl Log {
    /// # Errors
    /// When the file cannot be opened.
    pub(crate) fn open(logging: &Logging, owner: Option<Identity>) -> Result<Log, Error> {
        Ok(Log {
            format: logging.format,
            level: logging.level,
            out: Out::open(logging, owner)?,
            owner,
            lost: 0,
            lost_in_all: 0,
        })
    }

    pub(crate) fn to_stderr(format: LogFormat) -> Log {
        Log {
            format,
            level: Some(Level::Info),
            out: Out::Stderr(Stderr::open()),
            owner: None,
            lost: 0,
            lost_in_all: 0,
        }
    }

    /// Goes by these from now on. A file that cannot be opened changes nothing but is told of.
    pub(crate) fn change(&mut self, logging: &Logging) {
        (self.format, self.level) = (logging.format, logging.level);
        if self.out.file().map(LogFile::path) == logging.file.as_deref() {
            return;
        }
        match Out::open(logging, self.owner) {
            Ok(out) => self.out = out,
            Err(error) => self.say(Level::Warn, &format!("{error}; the log goes on where it was")),
        }
    }

    /// Opens the file anew, after somebody has moved it away.
    pub(crate) fn reopen(&mut self) {
        let Out::File(file) = &mut self.out else { return };
        if let Err(cause) = file.reopen() {
            let line = format!("{}; going on with the old one", cannot_open(file.path(), &cause));
            self.say(Level::Warn, &line);
        }
    }

    pub(crate) fn say(&mut self, level: Level, text: &str) {
        if self.level.is_none_or(|most| level > most) {
            return;
        }
        let has_said = match self.lost {
            0 => true,
            lost => self.write(
                Level::Warn,
                &format!(
                    "{lost} lines of the daemon were lost, because {}",
                    self.why_lost()
                ),
            ),
        };
        if has_said {
            self.lost = 0;
        }
        if !has_said || !self.write(level, text) {
            self.lost += 1;
            self.lost_in_all += 1;
        }
        // Whoever started it may not know of the file.
        if level == Level::Error && self.out.file().is_some() {
            let _ = Stderr::open().write(&self.line(level, text));
        }
    }

    /// Lines that nobody read.
    pub(crate) fn lost_in_all(&self) -> u64 {
        self.lost_in_all
    }

    fn why_lost(&self) -> &'static str {
        match self.out {
            Out::Stderr(_) => "nobody read them",
            Out::File(_) => "they could not be written",
        }
    }

    fn write(&mut self, level: Level, text: &str) -> bool {
        let line = self.line(level, text);
        self.out.write(&line)
    }

    fn line(&self, level: Level, text: &str) -> Vec<u8> {
        let mut line = line(self.format, SystemTime::now(), level, text);
        if line.len() > LONGEST {
            line.truncate(line.floor_char_boundary(LONGEST - 1));
            line.push('\n');
        }
        line.into_bytes()
    }
}

fn cannot_open(path: &Path, cause: &io::Error) -> Error {
    // As it was given, mostly.
    let here = env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(here).unwrap_or(path);
    Error::caused(format!("`--log-file {}` cannot be opened", path.display()), cause)
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
    use std::{
        fs::{self, OpenOptions},
        io::Read as _,
        os::unix::fs::OpenOptionsExt as _,
    };

    use rustix::fs::OFlags;

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
            out: Out::Stderr(Stderr::Reopened(file.unwrap())),
            ..Log::to_stderr(LogFormat::Text)
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
    #[test]
    fn what_matters_less_than_the_level_is_not_written() {
        let folder = std::env::temp_dir().join(format!("gopool-log-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("app.log");
        for (level, written) in [
            (None, ""),
            (Some(Level::Error), "e"),
            (Some(Level::Warn), "ew"),
            (Some(Level::Info), "ewi"),
        ] {
            let logging = Logging {
                level,
                file: Some(path.clone()),
                ..Logging::default()
            };
            let mut log = Log::open(&logging, None).unwrap();
            for (level, text) in [(Level::Error, "e"), (Level::Warn, "w"), (Level::Info, "i")] {
                log.say(level, text);
            }
            let text = fs::read_to_string(&path).unwrap();
            let said: String = text.lines().filter_map(|line| line.chars().last()).collect();
            assert_eq!(said, written, "{level:?}");
            fs::remove_file(&path).unwrap();
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn lines_that_a_full_disk_does_not_take_are_counted() {
        let logging = Logging {
            file: Some(PathBuf::from("/dev/full")),
            ..Logging::default()
        };
        let mut log = Log::open(&logging, None).unwrap();
        log.say(Level::Info, "one");
        log.say(Level::Info, "two");
        assert_eq!(log.lost_in_all(), 2);
    }
}
