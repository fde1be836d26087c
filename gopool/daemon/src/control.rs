//! The control socket: how `status`, `reload` and `stop` reach a running daemon.
//!
//! A client sends one word and a newline; the answer is `ok` or `error`, a newline and the rest until the end.
//! The socket's file is for its owner only: who may write to it may stop the application.

use std::{
    env, fs,
    io::{self, Read, Write},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    time::Duration,
};

use super::{error::Error, listen::Listen, settings::Settings};

mod server;
mod status;

pub(super) use server::{CLIENTS, Request, Server};
pub use status::{MasterStatus, Status};

/// A daemon answers `status` at once; `reload` and `stop` take as long as they take.
const STATUS_LIMIT: Duration = Duration::from_secs(5);

/// Asks the daemon of these settings how it is.
///
/// # Errors
/// When no daemon answers.
pub fn status(settings: &Settings) -> Result<Status, Error> {
    let answer = ask(settings, Request::Status, Some(STATUS_LIMIT))?;
    serde_json::from_str(&answer)
        .map_err(|cause| Error::new(format!("the daemon's status cannot be read: {cause}")))
}

/// Replaces the master by one from the program on disk, and waits until it serves.
///
/// # Errors
/// When no daemon answers, or the new master did not start: then the reason, and the old one goes on.
pub fn reload(settings: &Settings) -> Result<String, Error> {
    ask(settings, Request::Reload, None)
}

/// Drains and ends the daemon, and waits until no master is left.
///
/// # Errors
/// When no daemon answers.
pub fn stop(settings: &Settings) -> Result<String, Error> {
    ask(settings, Request::Stop, None)
}

fn ask(settings: &Settings, request: Request, limit: Option<Duration>) -> Result<String, Error> {
    let path = path(settings, &settings.listen)?;
    let nobody = |cause: io::Error| {
        // Whoever asks from another folder than the daemon runs in has to see that.
        let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        Error::new(format!(
            "no daemon answers on `{}` ({cause}); start it, or give the same `--pid-file`, `--listen` or `--port` as it has",
            whole.display()
        ))
    };
    let mut stream = UnixStream::connect(&path).map_err(nobody)?;
    stream.set_read_timeout(limit).map_err(nobody)?;
    stream
        .write_all(format!("{}\n", request.word()).as_bytes())
        .map_err(nobody)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(nobody)?;
    match answer.split_once('\n') {
        Some(("ok", rest)) => Ok(rest.trim_end().to_owned()),
        Some(("error", rest)) => Err(Error::new(rest.trim_end())),
        _ => Err(Error::new("the daemon ended before it answered")),
    }
}

/// Where the control socket of these settings lies: beside the pid file, in `$XDG_RUNTIME_DIR`, or in a private
/// directory among the temporary files. `bound` are the addresses with the ports that the system chose.
pub(super) fn path(settings: &Settings, bound: &[Listen]) -> Result<PathBuf, Error> {
    let beside = settings.pid_file.as_deref().map(|file| match file.parent() {
        Some(dir) if dir != Path::new("") => dir.to_path_buf(),
        _ => PathBuf::from("."),
    });
    let runtime = || {
        env::var_os("XDG_RUNTIME_DIR")
            .filter(|dir| !dir.is_empty())
            .map(PathBuf::from)
    };
    let dir = match beside.or_else(runtime) {
        Some(dir) => dir,
        None => private_dir()?,
    };
    Ok(dir.join(file_name(&settings.name, bound)))
}

/// The application and its addresses make the name, so that two never share a socket; it is short, because the
/// path of a socket may have only 107 bytes.
fn file_name(name: &str, addresses: &[Listen]) -> String {
    let plain = name.chars().map(|c| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    });
    let plain: String = plain.take(32).collect();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let texts = std::iter::once(name.to_owned()).chain(addresses.iter().map(ToString::to_string));
    // FNV-1a: the standard hasher may change between the compiler of the daemon and that of the client.
    for byte in texts.flat_map(|text| (text + "\n").into_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("gopool-{plain}-{hash:016x}.sock")
}

fn private_dir() -> Result<PathBuf, Error> {
    let user = rustix::process::geteuid().as_raw();
    let dir = env::temp_dir().join(format!("gopool-{user}"));
    let failed =
        |cause: io::Error| Error::caused(format!("cannot use the directory `{}`", dir.display()), &cause);
    match fs::DirBuilder::new().mode(0o700).create(&dir) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(failed(cause)),
        _ => {}
    }
    // Anybody may have made it first.
    let found = fs::symlink_metadata(&dir).map_err(failed)?;
    if !found.is_dir() || found.uid() != user || found.permissions().mode() & 0o077 != 0 {
        return Err(Error::new(format!(
            "`{}` is not a private directory of this user; remove it",
            dir.display()
        )));
    }
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_applications_or_two_addresses_never_share_a_control_socket() {
        let address = |port: u16| [Listen::Tcp(([127, 0, 0, 1], port).into())];
        let names = [
            file_name("app", &address(6100)),
            file_name("app", &address(6101)),
            file_name("app/", &address(6100)),
            file_name("app", &[Listen::Unix("/run/app.sock".into())]),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name} twice");
            assert!(!name.contains('/'));
        }
        assert_eq!(
            names[0], "gopool-app-317488025bdcb8ec.sock",
            "old daemons must stay reachable"
        );
    }
}
