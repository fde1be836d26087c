//! Finds the daemon that somebody means, whatever the options and the environment of the one who asks.
//!
//! The system lists every socket that has a path, so nobody has to know in which folder a daemon put its own. Who it is, each
//! tells by itself.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt as _, MetadataExt},
    path::{Path, PathBuf},
};

use super::{
    client::ask_status,
    location::{file_name_start, is_control_socket},
    status::Status,
};
use crate::{address::Listen, error::Error};

/// Which daemon is meant.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The application's name.
    pub name: String,
    /// The daemon's pid; nothing else counts then.
    pub pid: Option<u32>,
    /// Its pid file.
    pub pid_file: Option<PathBuf>,
    /// Whether it must be the one of the pid file, or merely rather that one than another.
    pub is_pid_file_meant: bool,
    /// Where it listens. Only ports and paths count, because an address has many names.
    pub listen: Vec<Listen>,
    /// Whether it must listen there, or merely rather than another of the same name.
    pub is_listen_meant: bool,
}

/// A daemon that answers, and the socket on which it does.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) socket: PathBuf,
    pub(super) status: Status,
}

/// The one daemon that is meant.
///
/// # Errors
/// When none is found, or several are; each that was found is named.
pub(super) fn find(wanted: &Wanted) -> Result<Found, Error> {
    if let Some(pid) = wanted.pid {
        return of_process(pid);
    }
    let pid = wanted.pid_file.as_deref().map(read_pid);
    let by_pid_file = pid.as_ref().and_then(|pid| pid.as_ref().ok()).copied();
    match (pid, &wanted.pid_file) {
        (Some(Ok(pid)), Some(file)) if wanted.is_pid_file_meant => return of_pid_file(pid, file),
        (Some(Err(error)), _) if wanted.is_pid_file_meant => return Err(error),
        _ => {}
    }
    let (mut found, silent) = by_name(&wanted.name);
    let is_there = |one: &Found| one.status.listens_at(&wanted.listen);
    if let Some(index) = found.iter().position(|one| Some(one.status.pid) == by_pid_file) {
        return Ok(found.swap_remove(index));
    }
    if wanted.is_listen_meant || found.iter().filter(|one| is_there(one)).count() == 1 {
        let (there, elsewhere) = found.into_iter().partition(is_there);
        return the_one(there, &elsewhere, &silent, wanted);
    }
    the_one(found, &[], &silent, wanted)
}

fn the_one(
    mut found: Vec<Found>,
    elsewhere: &[Found],
    silent: &[PathBuf],
    wanted: &Wanted,
) -> Result<Found, Error> {
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(last), false) => {
            found.push(last);
            let all = described(&found);
            Err(Error::new(format!(
                "{} daemons are called `{}`: {all}; choose one with `--pid`",
                found.len(),
                wanted.name
            )))
        }
        (None, _) => Err(nobody(elsewhere, silent, wanted)),
    }
}

fn nobody(elsewhere: &[Found], silent: &[PathBuf], wanted: &Wanted) -> Error {
    let mut text = format!("no daemon called `{}` answers", wanted.name);
    if wanted.is_listen_meant {
        let places: Vec<String> = wanted.listen.iter().map(Listen::to_string).collect();
        text += &format!(" for {}", places.join(", "));
    }
    if !elsewhere.is_empty() {
        text += &format!("; there is {}", described(elsewhere));
    }
    if let Some(socket) = silent.first() {
        text += &format!("; whoever made `{}` does not", socket.display());
    }
    Error::new(format!("{text}; start it, or name another with `--pid`"))
}

fn described(found: &[Found]) -> String {
    let one = |one: &Found| format!("pid {} on {}", one.status.pid, one.status.listen.join(", "));
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The daemons of this name that answer, and the sockets of those that do not.
fn by_name(name: &str) -> (Vec<Found>, Vec<PathBuf>) {
    let start = file_name_start(name);
    let mine = rustix::process::geteuid();
    let sockets = bound_sockets("/proc/net/unix").into_iter().filter(|socket| {
        let name = socket.path.file_name().unwrap_or_default().to_string_lossy();
        socket.path.is_absolute() && name.starts_with(&start)
    });
    let ours = sockets.filter_map(Bound::reach).filter(|path| {
        let owner = fs::symlink_metadata(path).map(|found| found.uid());
        // Anybody may make a socket of this name, and would answer in the daemon's place.
        owner.is_ok_and(|owner| mine.is_root() || owner == mine.as_raw())
    });
    let (mut found, mut silent) = (Vec::new(), Vec::new());
    for socket in ours {
        match ask_status(&socket) {
            Ok(status) if status.name == name => found.push(Found { socket, status }),
            Ok(_) => {}
            Err(_) => silent.push(socket),
        }
    }
    (found, silent)
}

/// The daemon that is this process, in whichever container it lives.
fn of_process(pid: u32) -> Result<Found, Error> {
    let nobody = |why: &dyn std::fmt::Display| Error::new(format!("no daemon is process {pid}: {why}"));
    let inodes = socket_inodes(pid).map_err(|cause| match cause.kind() {
        io::ErrorKind::PermissionDenied => nobody(&"only its user or root may ask it"),
        io::ErrorKind::NotFound => nobody(&"there is no such process"),
        _ => nobody(&cause),
    })?;
    let bound = bound_sockets(&format!("/proc/{pid}/net/unix"));
    let own = bound
        .into_iter()
        .find(|socket| inodes.contains(&socket.inode) && is_control_socket(&socket.path));
    let own = own.ok_or_else(|| nobody(&"it has no control socket"))?;
    let socket = as_seen_by(pid, &own.path);
    let status = ask_status(&socket)?;
    Ok(Found { socket, status })
}

/// The daemon of this pid file. The file of one that was killed is left over, and its pid may be that of any other process by now.
fn of_pid_file(pid: u32, file: &Path) -> Result<Found, Error> {
    let identity = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    let Ok(wanted) = identity(file) else {
        return of_process(pid);
    };
    let is_held = |open: PathBuf| identity(&open).is_ok_and(|found| found == wanted);
    match open_files(pid).map(|mut open| open.any(is_held)) {
        Ok(false) => Err(Error::new(format!(
            "the pid file `{}` is left over: process {pid} is another one, and does not hold it; name the daemon with `--pid`",
            file.display()
        ))),
        _ => of_process(pid),
    }
}

/// A path of another process, which may live in another folder or see other files.
fn as_seen_by(pid: u32, path: &Path) -> PathBuf {
    match path.strip_prefix("/") {
        Ok(inside) => Path::new(&format!("/proc/{pid}/root")).join(inside),
        Err(_) => Path::new(&format!("/proc/{pid}/cwd")).join(path),
    }
}

fn open_files(pid: u32) -> io::Result<impl Iterator<Item = PathBuf>> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd"))?;
    Ok(descriptors.filter_map(|entry| Some(entry.ok()?.path())))
}

fn socket_inodes(pid: u32) -> io::Result<Vec<u64>> {
    let inode = |open: PathBuf| {
        let target = fs::read_link(open).ok()?;
        let inode = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        inode.parse().ok()
    };
    Ok(open_files(pid)?.filter_map(inode).collect())
}

/// A Unix socket that has a path.
struct Bound {
    inode: u64,
    path: PathBuf,
}

impl Bound {
    /// A path that leads to it from here. Whoever has temporary files of his own (`PrivateTmp=`) has it where nobody else sees it, so its
    /// process is looked for.
    fn reach(self) -> Option<PathBuf> {
        let is_this =
            |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
        if is_this(&self.path) {
            return Some(self.path);
        }
        let processes = fs::read_dir("/proc").ok()?;
        let mut pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let owner = pids.find(|pid| socket_inodes(*pid).is_ok_and(|inodes| inodes.contains(&self.inode)))?;
        Some(as_seen_by(owner, &self.path)).filter(|path| is_this(path))
    }
}

/// The sockets with a path that listen, as the system lists them: `Num RefCount Protocol Flags Type St Inode Path`.
fn bound_sockets(list: &str) -> Vec<Bound> {
    let text = fs::read(list).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().filter_map(bound_socket).collect()
}

fn bound_socket(line: &str) -> Option<Bound> {
    // `__SO_ACCEPTCON`.
    const LISTENS: &str = "00010000";
    let mut rest = line;
    let mut fields = [""; 7];
    for field in &mut fields {
        let (word, after) = rest.trim_start().split_once(' ')?;
        (*field, rest) = (word, after);
    }
    let path = rest.trim_start();
    (fields[3] == LISTENS && !path.starts_with('@') && !path.is_empty()).then_some(())?;
    Some(Bound {
        inode: fields[6].parse().ok()?,
        path: PathBuf::from(path),
    })
}

/// The pid in a pid file.
fn read_pid(file: &Path) -> Result<u32, Error> {
    let text = fs::read_to_string(file)
        .map_err(|cause| Error::caused(format!("cannot read the pid file `{}`", file.display()), &cause))?;
    text.trim()
        .parse()
        .map_err(|_| Error::new(format!("`{}` holds no pid", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_that_listen_at_a_path_are_read_from_the_list() {
        let path = |line| bound_socket(line).map(|socket| (socket.inode, socket.path));
        let listens = "ffff8: 00000002 00000000 00010000 0001 01  4711 /run/a b/gopool-app-1.sock";
        assert_eq!(path(listens), Some((4711, "/run/a b/gopool-app-1.sock".into())));
        for other in [
            "Num       RefCount Protocol Flags    Type St Inode Path",
            "ffff8: 00000003 00000000 00000000 0001 03  4712 /run/app.sock",
            "ffff8: 00000002 00000000 00010000 0001 01  4713 @abstract",
            "ffff8: 00000002 00000000 00010000 0001 01  4714",
            "ffff8: 00000002 00000000 00010000 0001 01  4714 ",
        ] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
