//! The program that masters are started from.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata},
    io,
    os::{
        fd::{AsFd as _, AsRawFd, BorrowedFd, OwnedFd},
        unix::{ffi::OsStrExt, fs::MetadataExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};

use crate::{
    child::Child, descriptors::Files, error::Error, settings::Settings, sockets::Sockets, state::Build,
    user::Identity,
};

/// The first descriptor passed to a master. Low numbers would collide with the pipe on which the standard
/// library reports a failed exec, and the failure would be lost.
const FIRST_FD: i32 = 100;

/// What is run to start a master: this program again, with the same arguments.
///
/// Its path and the working folder are kept as they were called, through links: a deployment points these elsewhere, and the
/// next master then runs the new release, in the new release's folder.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    /// The working folder, when it was reached through a link.
    folder: Option<PathBuf>,
    /// Whom masters run as.
    identity: Option<Identity>,
    /// What the last master that served was started from.
    good: Option<Good>,
    /// The file of options that it read.
    good_options: Option<OwnedFd>,
}

/// A program that served, and the folder that it worked in.
#[derive(Debug)]
struct Good {
    file: File,
    folder: Option<File>,
}

/// What is kept of programs, as it is left to another daemon: which files there are.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownProgram {
    has_good: bool,
    has_folder: bool,
    has_options: bool,
}

/// Tells one program from another: the device, the inode, the size and the time of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity(u64, u64, u64, i64, i64);

impl FileIdentity {
    #[cfg(test)]
    pub(crate) fn with_size(size: u64) -> FileIdentity {
        FileIdentity(0, 0, size, 0, 0)
    }

    fn of(found: &Metadata) -> FileIdentity {
        FileIdentity(
            found.dev(),
            found.ino(),
            found.size(),
            found.mtime(),
            found.mtime_nsec(),
        )
    }
}

impl Program {
    /// Notes the path now: once the file is replaced, the system calls the running one deleted.
    pub(crate) fn current(settings: &Settings) -> Result<Program, Error> {
        let running =
            env::current_exe().map_err(|cause| Error::caused("cannot find this program's path", &cause))?;
        let running = without_deleted(running);
        let arguments: Vec<OsString> = env::args_os().collect();
        let here = env::current_dir().unwrap_or_default();
        let as_called = folder_as_called(env::var_os("PWD").map(PathBuf::from), &here);
        let base = as_called.clone().unwrap_or_else(|| here.clone());
        let search = env::var_os("PATH").unwrap_or_default();
        let called = arguments
            .first()
            .and_then(|name| path_as_called(Path::new(name), &running, &base, &search));
        let path = called.unwrap_or(running);
        let through_program = || folder_above(&path, &here);
        Ok(Program {
            folder: settings.folder.clone().or(as_called).or_else(through_program),
            path,
            arguments,
            identity: settings.identity,
            good: None,
            good_options: None,
        })
    }

    /// Starts a master with all sockets and, after them, its end of the link, in a process group of its own.
    pub(crate) fn start(&self, build: Build, link: OwnedFd, sockets: &Sockets) -> io::Result<Child> {
        let listeners = sockets.listeners().iter();
        let mut passed = listeners
            .map(|listener| listener.duplicate())
            .collect::<io::Result<Vec<_>>>()?;
        passed.push(link);
        let first = first_descriptor(passed.len());
        let mut command = self.command(
            build,
            Passed {
                first,
                count: passed.len(),
            },
        );
        let mappings = passed.into_iter().zip(first..);
        let mappings = mappings
            .map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd })
            .collect();
        command.fd_mappings(mappings).map_err(io::Error::other)?;
        Child::of(&command.spawn()?)
    }

    /// Keeps what this master runs and the options that it read, for the day on which what lies on the disk does not start.
    ///
    /// Of programs, only what would be run again under this path is kept: when that is a script, the master runs its interpreter.
    pub(crate) fn trust(&mut self, master: &Child, options: Option<OwnedFd>) {
        self.good_options = options.or(self.good_options.take());
        let Some(file) = master.program().and_then(|program| program.try_clone().ok()) else {
            return;
        };
        let known = self.good.as_ref().map(|good| identity(&good.file));
        let running = identity(&file);
        if running == self.on_disk() || known == Some(running) {
            let folder = self.folder.as_ref().and_then(|_| master.folder());
            self.good = Some(Good { file, folder });
        }
    }

    /// Whether the program that is kept is another than the one on the disk.
    pub(crate) fn has_other(&self) -> bool {
        self.last_good().is_some()
    }

    /// The options that a master of this build goes by, unless it reads them from the disk.
    pub(crate) fn options(&self, build: Build) -> Option<&OwnedFd> {
        self.good_options.as_ref().filter(|_| build == Build::LastGood)
    }

    fn last_good(&self) -> Option<&Good> {
        let good = self.good.as_ref()?;
        (identity(&good.file) != self.on_disk()).then_some(good)
    }

    /// What lies at the program's path now.
    pub(crate) fn on_disk(&self) -> Option<FileIdentity> {
        fs::metadata(&self.path).ok().as_ref().map(FileIdentity::of)
    }

    /// What is left to another daemon, and the files that go with it.
    pub(crate) fn hand_over<'a>(&'a self, files: &mut Vec<BorrowedFd<'a>>) -> KnownProgram {
        let good = self.good.as_ref();
        let folder = good.and_then(|good| good.folder.as_ref());
        files.extend(good.map(|good| good.file.as_fd()));
        files.extend(folder.map(|folder| folder.as_fd()));
        files.extend(self.good_options.as_ref().map(|options| options.as_fd()));
        KnownProgram {
            has_good: good.is_some(),
            has_folder: folder.is_some(),
            has_options: self.good_options.is_some(),
        }
    }

    /// Keeps what the former daemon had kept.
    ///
    /// # Errors
    /// A file is missing.
    pub(crate) fn take_over(&mut self, known: &KnownProgram, files: &mut Files) -> Result<(), Error> {
        let mut take = |is_there: bool| is_there.then(|| files.take()).transpose();
        let (file, folder) = (take(known.has_good)?, take(known.has_folder)?);
        self.good = file.map(|file| Good {
            file: file.into(),
            folder: folder.map(File::from),
        });
        self.good_options = take(known.has_options)?;
        Ok(())
    }

    /// Runs the program on the disk as this one was called.
    pub(crate) fn anew(&self) -> Command {
        let mut command = Command::new(&self.path);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if let Some((name, arguments)) = self.arguments.split_first() {
            command.arg0(name).args(arguments);
        }
        command
    }

    fn command(&self, build: Build, passed: Passed) -> Command {
        let kept = self.last_good().filter(|_| build == Build::LastGood);
        // The child has the descriptors until it becomes the program.
        let by_descriptor = |file: &File| PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        let mut command = Command::new(kept.map_or(self.path.clone(), |good| by_descriptor(&good.file)));
        let kept_folder = kept.and_then(|good| good.folder.as_ref()).map(by_descriptor);
        if let Some(folder) = kept_folder.or_else(|| self.folder.clone()) {
            command.current_dir(folder);
        }
        if let Some((name, arguments)) = self.arguments.split_first() {
            command.arg0(name).args(arguments);
        }
        if let Some(Identity { user, group }) = self.identity {
            // Before these, the standard library gives up all other groups.
            command.uid(user).gid(group);
        }
        passed
            .tell(&mut command)
            // The service manager talks with the daemon, not with what comes and goes below it.
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            // A process in a background group that reads from the terminal is stopped.
            .stdin(Stdio::null())
            // Ctrl-C in a terminal is for the daemon, and KILL of the group reaches what the master started.
            .process_group(0);
        command
    }
}

/// Which descriptors a master inherits.
struct Passed {
    first: i32,
    count: usize,
}

impl Passed {
    /// By the two variables that whoever takes them over takes away, and by no other: what a handler runs inherits the rest. So the
    /// count is of all from 3 on, as everywhere, though only the last ones are there, and the empty pid tells a master.
    fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let last = usize::try_from(self.first).unwrap_or_default() + self.count;
        command
            .env("LISTEN_FDS", last.saturating_sub(3).to_string())
            .env("LISTEN_PID", "")
            .env_remove("LISTEN_FDNAMES")
            .env_remove("LISTEN_FDS_FIRST_FD")
    }
}

/// As [`FIRST_FD`], or as high as the limit of open files lets it be.
pub(crate) fn first_descriptor(passed: usize) -> i32 {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let highest = i32::try_from(limit.saturating_sub(passed as u64)).unwrap_or(i32::MAX);
    FIRST_FD.min(highest)
}

fn identity(file: &File) -> Option<FileIdentity> {
    file.metadata().ok().as_ref().map(FileIdentity::of)
}

/// A file that was replaced since this process began is called deleted, at the end of its path.
fn without_deleted(running: PathBuf) -> PathBuf {
    match running.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) if !running.exists() => PathBuf::from(OsStr::from_bytes(path)),
        _ => running,
    }
}

/// The path by which the program was called, if it leads to the running file. It may go through a link that a
/// deployment points elsewhere later, and that the path of the running file no longer shows.
fn path_as_called(called: &Path, running: &Path, base: &Path, search: &OsStr) -> Option<PathBuf> {
    let running = running.canonicalize().ok()?;
    let leads_there = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == running);
    if called.components().count() < 2 && !called.is_absolute() {
        let mut places = env::split_paths(search).map(|folder| base.join(folder).join(called));
        return places.find(leads_there);
    }
    Some(base.join(called)).filter(leads_there)
}

/// The working folder as the shell calls it, if it was reached through a link.
fn folder_as_called(shells: Option<PathBuf>, here: &Path) -> Option<PathBuf> {
    let shells = shells.filter(|folder| folder.is_absolute() && folder != here)?;
    (shells.canonicalize().ok()? == here).then_some(shells)
}

/// The working folder as the start of the program's path, if that reaches it through a link.
fn folder_above(program: &Path, here: &Path) -> Option<PathBuf> {
    let mut above = program.ancestors().skip(1).filter(|folder| *folder != here);
    above
        .find(|folder| folder.canonicalize().is_ok_and(|folder| folder == here))
        .map(Path::to_path_buf)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_replaced_program_is_the_path_of_its_successor() {
        let gone = PathBuf::from("/nowhere/app (deleted)");
        assert_eq!(without_deleted(gone), Path::new("/nowhere/app"));
        assert_eq!(
            without_deleted(PathBuf::from("/proc/self/exe")),
            Path::new("/proc/self/exe")
        );
    }

    #[test]
    fn a_program_and_a_folder_reached_through_a_link_are_kept_as_they_were_called() {
        let dir = env::temp_dir().join(format!("gopool-program-{}", std::process::id()));
        let dir = {
            std::fs::create_dir_all(dir.join("1/bin")).unwrap();
            dir.canonicalize().unwrap()
        };
        let (release, current) = (dir.join("1"), dir.join("current"));
        let (real, called) = (release.join("bin/app"), current.join("bin/app"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&release, &current).unwrap();
        let path = |name: &str, base: &Path| {
            let search = env::join_paths([dir.join("none"), current.join("bin")]).unwrap();
            path_as_called(Path::new(name), &real, base, &search)
        };
        assert_eq!(path(called.to_str().unwrap(), &dir), Some(called.clone()));
        assert_eq!(
            path("./current/bin/app", &dir),
            Some(dir.join("./current/bin/app"))
        );
        assert_eq!(path("bin/app", &current), Some(called.clone()), "a linked folder");
        assert_eq!(path("app", &dir), Some(called.clone()), "found through PATH");
        assert_eq!(path("other/app", &dir), None, "leads elsewhere");

        assert_eq!(
            folder_as_called(Some(current.clone()), &release),
            Some(current.clone())
        );
        assert_eq!(folder_as_called(Some(release.clone()), &release), None, "no link");
        assert_eq!(
            folder_as_called(Some(dir.clone()), &release),
            None,
            "another folder"
        );
        assert_eq!(folder_above(&called, &release), Some(current));
        assert_eq!(folder_above(&called, &dir), None, "not above through a link");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
