//! The types of values that have no type of their own in the standard library, and how code's values become texts.

use std::{fmt, time::Duration};

use super::unit::show_duration;

/// Which requests are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Log {
    /// None; failures and life-cycle events are logged all the same.
    #[default]
    Off,
    /// One line for each request.
    Access,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// A text that is never shown: neither `Debug` nor a mistake nor the monitor prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself; compare it in constant time.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn read(text: &str) -> Option<Secret> {
        let fits = (8..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Secret(text.to_owned()))
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Secret(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// What code may give: its text is checked like that of any other source.
pub(super) trait Given {
    fn text(&self) -> String;
}

macro_rules! given {
    ($($type:ty: $text:expr;)*) => {
        $(impl Given for $type {
            fn text(&self) -> String {
                ($text)(self)
            }
        })*
    };
}

given! {
    Duration: show_duration;
    usize: usize::to_string;
    u64: u64::to_string;
    i32: i32::to_string;
    u16: u16::to_string;
    bool: bool::to_string;
    String: String::clone;
    Vec<String>: |texts: &Vec<String>| texts.join(",");
    Secret: |secret: &Secret| secret.0.clone();
    Log: |log: &Log| match log { Log::Off => "off", Log::Access => "access" }.to_owned();
    LogFormat: |format: &LogFormat| match format { LogFormat::Text => "text", LogFormat::Json => "json" }.to_owned();
}
