//! A PostgreSQL of the tests' own, on a Unix socket in a folder of its own.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

pub(crate) struct Postgres {
    server: Child,
    folder: TempDir,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let programs = programs();
        let user = unprivileged();
        let folder = TempDir::new().unwrap();
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command
        };
        let mut init = program("initdb");
        init.args(["--username=shop", "--auth=trust", "--no-sync", "-D"])
            .arg(&data);
        assert!(init.status().unwrap().success(), "`initdb` failed");
        let mut server = program("postgres");
        server
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c"]);
        server.arg(format!("unix_socket_directories={}", folder.path().display()));
        let server = server.spawn().unwrap();
        let mut ready = program("pg_isready");
        ready.arg("-h").arg(folder.path());
        let is_ready = (0..600).any(|_| {
            let is_ready = ready.status().unwrap().success();
            thread::sleep(Duration::from_millis(if is_ready { 0 } else { 50 }));
            is_ready
        });
        assert!(is_ready, "PostgreSQL does not come up");
        Self { server, folder }
    }

    pub(crate) fn address(&self) -> String {
        format!("host={} user=shop dbname=postgres", self.folder.path().display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ended_already = self.server.kill();
        let _ended_already = self.server.wait();
    }
}

/// Debian keeps them off the path, in a folder for each version.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let newest = folders.filter(|folder| folder.join("initdb").exists()).max();
    newest.expect("PostgreSQL is missing: `apt-get install postgresql`")
}

/// PostgreSQL refuses to run as root: then it runs as the user and group whom the package has made.
fn unprivileged() -> Option<(u32, u32)> {
    let is_root = fs::metadata("/proc/self")
        .map(|own| std::os::unix::fs::MetadataExt::uid(&own))
        .unwrap()
        == 0;
    let users = fs::read_to_string(Path::new("/etc/passwd")).unwrap();
    let line = users.lines().find_map(|line| line.strip_prefix("postgres:"))?;
    let mut fields = line.split(':').skip(1);
    let ids = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    is_root.then_some(ids)
}
