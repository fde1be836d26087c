//! The syntax of each kind of value: how it is read, what is allowed, how it is shown.

use std::{path::PathBuf, time::Duration};

use gopool_daemon::{Listen, is_host};
use tracing::level_filters::LevelFilter;

use super::{
    address::{InfoUrl, path, plain_path},
    unit::{duration, duration_above_zero, show_duration, show_size, size, whole, within},
    value::{Given, Log, LogFormat, Secret},
};

/// How a kind of value is written. Reading what was shown gives the same value again.
pub(super) struct Syntax<T> {
    pub(super) notation: Notation,
    /// Stands for the value in the help, as in `--port PORT`.
    pub(super) placeholder: &'static str,
    /// Completes "it takes ..." in a mistake.
    pub(super) allowed: &'static str,
    pub(super) read: fn(&str) -> Option<T>,
    pub(super) show: fn(&T) -> String,
}

/// How often a value is given, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `--name VALUE` or `--name=VALUE`, once.
    Value,
    /// As `Value`, and never shown to anybody.
    Secret,
    /// As `Value`, repeatable; elsewhere the values are separated by commas.
    List,
    /// `--name` or `--name=false`.
    Switch,
}

pub(super) const TIME: Syntax<Duration> = Syntax {
    notation: Notation::Value,
    placeholder: "TIME",
    allowed: "a time above 0, up to 8760h, such as `500ms`, `10s`, `2m`, `1h`, or a plain number of milliseconds",
    read: duration_above_zero,
    show: show_duration,
};

pub(super) const TIME_OR_ZERO: Syntax<Duration> = Syntax {
    allowed: "a time from 0 to 8760h, such as `500ms`, `10s`, `2m`, `1h`, or a plain number of milliseconds",
    read: duration,
    ..TIME
};

pub(super) const TIME_OR_OFF: Syntax<Option<Duration>> = Syntax {
    notation: Notation::Value,
    placeholder: "TIME",
    allowed: "`off` or a time above 0, such as `500ms`, `10s`, `2m`, `1h`, or a plain number of milliseconds",
    read: |text| unless_off(text, duration_above_zero),
    show: |time| time.as_ref().map_or_else(off, show_duration),
};

pub(super) const TIME_OR_AUTO: Syntax<Option<Duration>> = Syntax {
    allowed: "`auto` or a time above 0, such as `500ms`, `10s`, `2m`, `1h`, or a plain number of milliseconds",
    read: |text| unless(AUTO, text, duration_above_zero),
    show: |time| time.as_ref().map_or_else(|| AUTO.to_owned(), show_duration),
    ..TIME_OR_OFF
};

/// The pool takes no more than this.
pub(super) const THREADS: Syntax<usize> = Syntax {
    notation: Notation::Value,
    placeholder: "N",
    allowed: "a whole number from 1 to 32768",
    read: |text| whole(text, 1..=32_768),
    show: usize::to_string,
};

pub(super) const THREADS_OR_ZERO: Syntax<usize> = Syntax {
    allowed: "a whole number from 0 to 32768",
    read: |text| whole(text, 0..=32_768),
    ..THREADS
};

pub(super) const COUNT_OR_OFF: Syntax<Option<usize>> = Syntax {
    notation: Notation::Value,
    placeholder: "N",
    allowed: "`off` or a whole number from 1 to 1000000000",
    read: |text| unless_off(text, |text| whole(text, 1..=1_000_000_000)),
    show: |count| count.as_ref().map_or_else(off, usize::to_string),
};

/// actix-web panics when asked for more.
pub(super) const MOST_LOOPS: usize = 512;

pub(super) const LOOPS: Syntax<usize> = Syntax {
    allowed: "a whole number from 1 to 512",
    read: |text| whole(text, 1..=MOST_LOOPS),
    ..THREADS
};

pub(super) const QUEUE: Syntax<usize> = Syntax {
    allowed: "a whole number from 0 to 1000000000",
    read: |text| whole(text, 0..=1_000_000_000),
    ..THREADS
};

pub(super) const NICENESS: Syntax<i32> = Syntax {
    notation: Notation::Value,
    placeholder: "N",
    allowed: "a whole number from 0 to 19",
    read: |text| whole(text, 0..=19),
    show: i32::to_string,
};

/// Bodies of JSON as deep as they may be are read on it, with room for what handlers do.
const LEAST_STACK: u64 = 512_000;

pub(super) const STACK: Syntax<usize> = Syntax {
    notation: Notation::Value,
    placeholder: "SIZE",
    allowed: "a size from 512KB to 1GB, such as `1MB`, `2MB`, `4MiB`, or a plain number of bytes",
    read: |text| size(text).and_then(|bytes| within(bytes, LEAST_STACK..=1_000_000_000)),
    show: |bytes| show_size(*bytes as u64),
};

pub(super) const BODY: Syntax<u64> = Syntax {
    notation: Notation::Value,
    placeholder: "SIZE",
    allowed: "a size from 0 to 1000GB, such as `512KB`, `2MB`, `4MiB`, or a plain number of bytes",
    read: |text| size(text).and_then(|bytes| within(bytes, 0..=1_000_000_000_000)),
    show: |bytes| show_size(*bytes),
};

pub(super) const MEMORY: Syntax<u64> = Syntax {
    allowed: "a size from 1MB up to 1000GB, such as `64MB`, `2GB`, `2GiB`, or a plain number of bytes",
    read: |text| size(text).and_then(|bytes| within(bytes, 1_000_000..=1_000_000_000_000)),
    ..BODY
};

pub(super) const RATE: Syntax<u64> = Syntax {
    allowed: "bytes a second from 1 to 1GB, such as `240`, `1KB`, `1MB`",
    read: |text| size(text).and_then(|bytes| within(bytes, 1..=1_000_000_000)),
    ..BODY
};

pub(super) const CONNECTIONS: Syntax<usize> = Syntax {
    allowed: "a whole number from 1 to 1000000",
    read: |text| whole(text, 1..=1_000_000),
    ..THREADS
};

pub(super) const BACKLOG: Syntax<i32> = Syntax {
    notation: Notation::Value,
    placeholder: "N",
    allowed: "a whole number from 1 to 65535",
    read: |text| whole(text, 1..=65_535),
    show: i32::to_string,
};

pub(super) const MEMORY_OR_OFF: Syntax<Option<u64>> = Syntax {
    notation: Notation::Value,
    placeholder: "SIZE",
    allowed: "`off` or a size from 1MB up, such as `512MB`, `2GB`, `2GiB`, or a plain number of bytes",
    read: |text| unless_off(text, |text| size(text).filter(|bytes| *bytes >= 1_000_000)),
    show: |bytes| bytes.map_or_else(off, show_size),
};

pub(super) const HOST: Syntax<String> = Syntax {
    notation: Notation::Value,
    placeholder: "HOST",
    allowed: "an IP address or a host name, such as `127.0.0.1`, `::`, `localhost`",
    read: |text| is_host(text).then(|| text.to_owned()),
    show: String::clone,
};

pub(super) const PORT: Syntax<u16> = Syntax {
    notation: Notation::Value,
    placeholder: "PORT",
    allowed: "a port from 0 to 65535, where 0 takes any free one",
    read: |text| whole(text, 0..=u16::MAX),
    show: u16::to_string,
};

pub(super) const ADDRESSES: Syntax<Vec<Listen>> = Syntax {
    notation: Notation::List,
    placeholder: "ADDRESS",
    allowed: "`host:port`, `[ipv6]:port`, `https://host:port` or `unix:path`",
    read: |text| text.split(',').map(|text| text.parse().ok()).collect(),
    show: |addresses| {
        addresses
            .iter()
            .map(Listen::to_string)
            .collect::<Vec<_>>()
            .join(",")
    },
};

pub(super) const INFO_URL_OR_OFF: Syntax<Option<InfoUrl>> = Syntax {
    notation: Notation::Value,
    placeholder: "URL",
    allowed: "`off`, a path such as `/gopool`, or an address such as `http://127.0.0.1:6101`",
    read: |text| unless_off(text, InfoUrl::read),
    show: |url| url.as_ref().map_or_else(off, InfoUrl::to_string),
};

pub(super) const PATH_OF_URL_OR_OFF: Syntax<Option<String>> = Syntax {
    notation: Notation::Value,
    placeholder: "PATH",
    allowed: "`off` or a path such as `/docs`",
    read: |text| unless_off(text, plain_path),
    show: |path| path.clone().unwrap_or_else(off),
};

pub(super) const TOKEN_OR_OFF: Syntax<Option<Secret>> = Syntax {
    notation: Notation::Secret,
    placeholder: "TOKEN",
    allowed: "`off` or 8 to 256 visible ASCII characters",
    read: |text| unless_off(text, Secret::read),
    show: |token| token.as_ref().map_or_else(off, |_| "(hidden)".to_owned()),
};

pub(super) const PATH: Syntax<Option<PathBuf>> = Syntax {
    notation: Notation::Value,
    placeholder: "PATH",
    allowed: "the path of a file",
    read: |text| path(text).map(Some),
    show: |path| path.as_ref().map_or_else(off, |path| path.display().to_string()),
};

pub(super) const PATH_OR_OFF: Syntax<Option<PathBuf>> = Syntax {
    allowed: "`off` or the path of a file",
    read: |text| unless_off(text, path),
    ..PATH
};

pub(super) const FOLDER_OR_OFF: Syntax<Option<PathBuf>> = Syntax {
    allowed: "`off` or the path of a folder, from the root on",
    read: |text| unless_off(text, |text| path(text).filter(|path| path.is_absolute())),
    ..PATH
};

pub(super) const MODE_OR_OFF: Syntax<Option<u32>> = Syntax {
    notation: Notation::Value,
    placeholder: "MODE",
    allowed: "`off`, which leaves it to the umask, or three octal digits such as `660`",
    read: |text| unless_off(text, mode),
    show: |mode| mode.map_or_else(off, |mode| format!("{mode:03o}")),
};

pub(super) const ACCOUNT_OR_OFF: Syntax<Option<String>> = Syntax {
    notation: Notation::Value,
    placeholder: "NAME",
    allowed: "`off`, a name or a number",
    read: |text| unless_off(text, |text| is_account(text).then(|| text.to_owned())),
    show: |name| name.clone().unwrap_or_else(off),
};

pub(super) const HEADER_OR_OFF: Syntax<Option<String>> = Syntax {
    notation: Notation::Value,
    placeholder: "NAME",
    allowed: "`off` or the name of a header, such as `x-priority`",
    read: |text| unless_off(text, header),
    show: |name| name.clone().unwrap_or_else(off),
};

pub(super) const CALLER_OR_OFF: Syntax<Option<String>> = Syntax {
    placeholder: "WHAT",
    allowed: "`off`, `peer`, or the name of a header, such as `x-api-key`",
    ..HEADER_OR_OFF
};

pub(super) const SWITCH: Syntax<bool> = Syntax {
    notation: Notation::Switch,
    placeholder: "BOOL",
    allowed: "`true` or `false` (also `1` or `0`)",
    read: |text| match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    },
    show: bool::to_string,
};

pub(super) const LOG: Syntax<Log> = Syntax {
    notation: Notation::Value,
    placeholder: "WHAT",
    allowed: "`off` or `access`",
    read: |text| [Log::Off, Log::Access].into_iter().find(|log| log.text() == text),
    show: Given::text,
};

pub(super) const LOG_FORMAT: Syntax<LogFormat> = Syntax {
    notation: Notation::Value,
    placeholder: "FORMAT",
    allowed: "`text` or `json`",
    read: |text| {
        [LogFormat::Text, LogFormat::Json]
            .into_iter()
            .find(|format| format.text() == text)
    },
    show: Given::text,
};

fn mode(text: &str) -> Option<u32> {
    let is_octal = text.len() == 3 && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    u32::from_str_radix(text, 8).ok().filter(|_| is_octal)
}

/// A name of a user or a group, or its number.
fn is_account(text: &str) -> bool {
    let is_number = text.parse::<u32>().is_ok() && !text.starts_with('+');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let starts_as_name = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    (1..=32).contains(&text.len()) && (is_number || (starts_as_name && text.bytes().all(is_plain)))
}

pub(super) const LEVELS: Syntax<String> = Syntax {
    notation: Notation::Value,
    placeholder: "LEVEL",
    allowed: "`off`, `error`, `warn`, `info`, `debug` or `trace`, also by target as in `info,my_app::db=debug`",
    read: |text| text.split(',').all(is_level).then(|| text.to_owned()),
    show: String::clone,
};

/// `info`, or `my_app::db=debug`.
fn is_level(directive: &str) -> bool {
    let (target, level) = directive.rsplit_once('=').unwrap_or(("all", directive));
    !target.trim().is_empty()
        && level
            .parse::<LevelFilter>()
            .is_ok_and(|_| !level.bytes().all(|b| b.is_ascii_digit()))
}

fn off() -> String {
    "off".to_owned()
}

/// Stands for a value that is worked out.
const AUTO: &str = "auto";

fn unless_off<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    unless("off", text, read)
}

fn unless<T>(word: &str, text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text == word {
        Some(None)
    } else {
        read(text).map(Some)
    }
}

/// The name of a header, in lower case. None that anybody uses begins with anything but a letter.
fn header(text: &str) -> Option<String> {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let name: http::HeaderName = text.parse().ok()?;
    Some(name.as_str().to_owned())
}
