#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod arguments;
mod sources;
mod values;

use std::{
    ffi::OsString,
    io,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Command, Invocation, Openapi, Parsed, Program, parse};
use crate::config::{
    Config, InfoUrl, Log, LogFormat, Mistakes, Options, Secret, Source, Surroundings, option_fields,
};
use gopool_daemon::Listen;
use gopool_pool::Pool;

const PROGRAM: Program<'static> = Program {
    name: "hello",
    version: "1.2.3",
};

/// What a test gives to each source; the file is `gopool.toml`.
#[derive(Default)]
struct Given {
    args: &'static str,
    variables: Vec<(&'static str, &'static str)>,
    file: Option<&'static str>,
    code: Options,
}

impl Given {
    fn args(args: &'static str) -> Given {
        Given {
            args,
            ..Given::default()
        }
    }

    fn variable(name: &'static str, value: &'static str) -> Given {
        Given {
            variables: vec![(name, value)],
            ..Given::default()
        }
    }

    fn file(text: &'static str) -> Given {
        Given {
            file: Some(text),
            ..Given::default()
        }
    }

    fn code(code: Options) -> Given {
        Given {
            code,
            ..Given::default()
        }
    }

    fn parse(&self) -> Result<Parsed, Mistakes> {
        let variables = self
            .variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let read_file = |path: &Path| match self.file {
            Some(text) if path == Path::new("gopool.toml") => Ok(text.to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let around = Surroundings {
            variables,
            read_file: &read_file,
            has_env_file: false,
            default_file: Some("gopool.toml"),
            cores: 4,
            memory: 8_000_000_000,
        };
        parse(
            PROGRAM,
            self.args.split_whitespace().map(OsString::from),
            &around,
            &self.code,
        )
    }

    fn invocation(&self) -> Invocation {
        match self.parse() {
            Ok(Parsed::Run(invocation)) => *invocation,
            other => panic!("not an invocation: {other:?}"),
        }
    }

    fn mistakes(&self) -> Vec<String> {
        let mistakes = self.parse().unwrap_err().to_string();
        let mut lines: Vec<_> = mistakes.lines().map(str::to_owned).collect();
        assert_eq!(lines.pop().unwrap(), "run with `--help` for the options");
        lines
    }

    /// The only mistake.
    fn mistake(&self) -> String {
        let mistakes = self.mistakes();
        assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
        mistakes.concat()
    }
}

fn in_force(invocation: &Invocation, wanted: &str) -> (String, Source) {
    let mut all = invocation.config.in_force();
    let (_, value, source) = all.find(|(name, ..)| name == wanted).unwrap();
    (value, source.clone())
}

/// As on the command line, less the dashes in front.
fn option_names() -> impl Iterator<Item = String> {
    option_fields().map(|field| field.replace('_', "-"))
}
