//! The small service of COMPARE.md, in each framework as it comes: none is given a number of threads or a limit.

use std::{path::Path, process::Command};

use crate::{answer::Ask, stage::Stage};

/// What autumn-web has to be told where it serves others than its author.
const AUTUMN: [(&str, &str); 3] = [
    ("AUTUMN_ENV", "prod"),
    ("AUTUMN_SECURITY__TRUSTED_HOSTS__HOSTS", "localhost,127.0.0.1"),
    (
        "AUTUMN_SECURITY__SIGNING_SECRET",
        "0123456789abcdef0123456789abcdef",
    ),
];

/// Who serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Small {
    /// By its package, which listens where `PORT` says.
    Rust(&'static str),
    /// With its daemon.
    Gopool,
    /// The same, asked for the twins of its routes that run in processes.
    GopoolIsolated,
    FastApi,
    Fastify,
    NpmGopool,
}

impl Small {
    /// The package of those that cargo builds.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Rust(package) => package,
            _ => "small-gopool",
        }
    }

    pub(crate) fn path(self, ask: Ask) -> &'static str {
        match (self, ask) {
            (_, Ask::Inline) => "/ok",
            (Self::NpmGopool, Ask::Fib) => "/fib?n=30",
            (_, Ask::Fib) => "/fib/30",
            (Self::GopoolIsolated, Ask::Hang) => "/isolated/hang",
            (Self::GopoolIsolated, Ask::Leak) => "/isolated/leak",
            (_, other) => other.path(),
        }
    }

    /// Whether somebody of its own starts it anew when it has died.
    pub(crate) fn restarts_itself(self) -> bool {
        matches!(self, Self::Gopool | Self::GopoolIsolated | Self::NpmGopool)
    }

    /// The command that starts it on `port`.
    pub(crate) fn command(self, stage: &Stage, port: u16) -> Command {
        let port = port.to_string();
        let node = |folder: &Option<_>, script| {
            let folder: &Path = folder.as_deref().unwrap_or(Path::new("."));
            let mut command = Command::new("node");
            command.arg(folder.join(script)).env("NODE_ENV", "production");
            command
        };
        let mut command = match self {
            Self::Rust(package) => Command::new(stage.programs.join(package)),
            Self::Gopool | Self::GopoolIsolated => {
                let mut command = Command::new(stage.programs.join(self.package()));
                command.args(["--port", &port]);
                command
            }
            Self::FastApi => {
                let folder = stage.python.as_deref().unwrap_or(Path::new("."));
                let mut command = Command::new(folder.join("bin/uvicorn"));
                command
                    .args(["main:app", "--port", &port, "--app-dir"])
                    .arg(folder);
                command.args(["--no-access-log"]);
                command
            }
            Self::Fastify => node(&stage.fastify, "server.cjs"),
            Self::NpmGopool => node(&stage.node, "small-bundle.cjs"),
        };
        command.env("PORT", &port);
        command.envs(AUTUMN).env("AUTUMN_SERVER__PORT", &port);
        command
    }
}
