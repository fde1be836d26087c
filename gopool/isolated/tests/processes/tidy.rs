//! What is left behind: nothing.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Test,
    outside::{LIMIT, ask, settings, start, until},
};

pub(crate) const TESTS: &[Test] = &[
    (
        "the children of a parent that was killed end with it",
        parent_killed,
    ),
    ("a nursery that is dropped leaves no child", dropped),
];

/// The word that makes this program a parent that is to be killed.
pub(crate) const PARENT: &str = "be-a-parent";

/// What this process has: children and descriptors.
pub(crate) struct Household {
    files: usize,
}

impl Household {
    pub(crate) fn of_this_process() -> Self {
        Self {
            files: open_files().len(),
        }
    }

    pub(crate) fn is_as_before(&self) {
        until("no child and no zombie is left", || {
            children(std::process::id()).is_empty()
        });
        let deadline = Instant::now() + LIMIT;
        while open_files().len() != self.files {
            assert!(Instant::now() < deadline, "left: {:?}", open_files());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The numbers of this process's descriptors, and what they lead to.
pub(crate) fn open_files() -> Vec<String> {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    let told = entries.filter_map(|entry| {
        let path = entry.unwrap().path();
        let target = fs::read_link(&path).ok()?;
        Some(format!("{}={}", path.file_name()?.display(), target.display()))
    });
    told.filter(|file| !file.contains("/fd")).collect()
}

/// Whether a process is a zombie with all of its threads, or gone.
pub(crate) fn is_dead(pid: Pid) -> bool {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
    let Ok(stat) = fs::read_to_string(format!("{folder}/stat")) else {
        return true;
    };
    let threads = fs::read_dir(format!("{folder}/task")).map_or(0, Iterator::count);
    stat.contains(") Z ") && threads <= 1
}

/// All processes whose parent this is, zombies too.
fn children(parent: u32) -> Vec<u32> {
    all()
        .filter(|(_, ppid, ..)| *ppid == parent)
        .map(|(pid, ..)| pid)
        .collect()
}

/// All processes: pid, parent, group; and whether they live, for an orphan may stay a zombie where nobody reaps it.
fn all() -> impl Iterator<Item = (u32, u32, u32, bool)> {
    fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (pid, rest) = stat.split_once(' ')?;
        let (_, fields) = rest.rsplit_once(") ")?;
        let (state, fields) = fields.split_once(' ')?;
        let mut fields = fields.split(' ').map(str::parse);
        let (parent, group) = (fields.next()?.ok()?, fields.next()?.ok()?);
        Some((pid.parse().ok()?, parent, group, state != "Z"))
    })
}

/// Holds two children busy, one with a grandchild, until it is killed.
pub(crate) fn be(_: &str) {
    let nursery = start(settings());
    thread::scope(|scope| {
        scope.spawn(|| ask(&nursery, "spin"));
        scope.spawn(|| ask(&nursery, "shell"));
        until("both are busy", || nursery.stats().busy == 2);
        println!("busy");
        let _ = std::io::stdout().flush();
    });
}

fn parent_killed() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .arg(PARENT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(parent.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "busy\n");
    let families = children(parent.id());
    assert!(families.len() >= 2, "{families:?}");
    let is_member = |(_, _, group, lives): &(u32, u32, u32, bool)| *lives && families.contains(group);
    let members = || all().filter(is_member).count();
    until("the shell has started its program", || {
        members() > families.len() + 1
    });
    // One that could not see by itself that its parent ends.
    let stopped = Pid::from_raw(families[0].try_into().unwrap()).unwrap();
    kill_process(stopped, Signal::STOP).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("all of them have ended", || members() == 0);
}

fn dropped() {
    let nursery = start(settings());
    ask(&nursery, "echo").unwrap();
    assert!(!children(std::process::id()).is_empty());
    drop(nursery);
}
