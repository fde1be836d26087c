//! PostgreSQL on a port of its own, with one small table, for as long as the measurement lasts.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Failure,
    options::Options,
    process::run,
    rows::{self, Need},
    workshop,
};

/// The variable by which the peers learn the address.
pub(crate) const ADDRESS: &str = "COMPARE_DATABASE";

const TABLE: &str = "CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL);
    INSERT INTO person SELECT id, 'person ' || id FROM generate_series(1, 10000) AS id;
    ANALYZE person;";

/// A database server that stops, and whose files go, when this value is dropped.
pub(crate) struct Database {
    /// Where `initdb` and its siblings are.
    programs: PathBuf,
    folder: PathBuf,
    /// PostgreSQL refuses to run as root, so root lends it this user and group.
    user: Option<(u32, u32)>,
    port: u16,
}

impl Database {
    /// Starts one if a chosen row needs it.
    pub(crate) fn start(options: &Options) -> Result<Option<Self>, Failure> {
        if !rows::need(options.rows.as_deref(), Need::Database) {
            return Ok(None);
        }
        let programs = match find_programs() {
            Some(programs) => programs,
            None => {
                workshop::install_package("postgresql")?;
                find_programs().ok_or("install `postgresql` and try again")?
            }
        };
        let database = Self {
            programs,
            folder: env::temp_dir().join(format!("compare-database-{}", std::process::id())),
            user: user()?,
            port: TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port(),
        };
        database.fill()?;
        Ok(Some(database))
    }

    /// As the drivers want it.
    pub(crate) fn address(&self) -> String {
        format!("postgresql://compare@127.0.0.1:{}/postgres", self.port)
    }

    fn fill(&self) -> Result<(), Failure> {
        fs::create_dir_all(&self.folder)?;
        if let Some((user, group)) = self.user {
            chown(&self.folder, Some(user), Some(group))?;
        }
        let data = self.folder.join("data");
        let mut init = self.program("initdb");
        init.args(["--username=compare", "--auth=trust", "--no-sync", "-D"]);
        run(init.arg(&data))?;
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c fsync=off -c max_connections=200",
            self.port,
            self.folder.display()
        );
        let mut start = self.program("pg_ctl");
        start
            .args(["-w", "-l"])
            .arg(self.folder.join("log"))
            .arg("-D")
            .arg(&data);
        run(start.args(["-o", &options, "start"]))?;
        let mut psql = self.program("psql");
        run(psql.args(["-v", "ON_ERROR_STOP=1", "-q", &self.address(), "-c", TABLE]))?;
        Ok(())
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.folder);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["-m", "immediate", "stop", "-D"])
            .arg(self.folder.join("data"));
        if let Err(failure) = run(&mut stop) {
            eprintln!("{failure}");
        }
        let _only_temporary_files = fs::remove_dir_all(&self.folder);
    }
}

/// Debian keeps the server's programs off the path, in a folder for each version.
fn find_programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().or_else(|| {
        workshop::on_path("initdb")
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_owned)
    })
}

fn user() -> Result<Option<(u32, u32)>, Failure> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let id = |flag| -> Result<u32, Failure> {
        let number = run(Command::new("id").args([flag, "postgres"]))?;
        Ok(number.trim().parse()?)
    };
    Ok(Some((id("-u")?, id("-g")?)))
}
