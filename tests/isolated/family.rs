//! The processes of a server, as the system shows them.

use std::{collections::BTreeSet, fs, num::NonZero, thread};

use gopool_tests::{Server, Signal, until};
use rustix::process::{Pid, kill_process};

/// One process: who it is, whose child, in which group, and whether it lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    parent: u32,
    group: u32,
    pub(crate) lives: bool,
}

fn all() -> impl Iterator<Item = Process> {
    fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (pid, rest) = stat.split_once(' ')?;
        let (_, fields) = rest.rsplit_once(") ")?;
        let (state, fields) = fields.split_once(' ')?;
        let mut fields = fields.split(' ').map(str::parse);
        Some(Process {
            pid: pid.parse().ok()?,
            parent: fields.next()?.ok()?,
            group: fields.next()?.ok()?,
            lives: state != "Z",
        })
    })
}

/// The children of a process, zombies too.
pub(crate) fn children(parent: u32) -> Vec<Process> {
    all().filter(|process| process.parent == parent).collect()
}

/// Every group that processes of a master ever had, so that nothing in them can stay unseen.
#[derive(Debug, Default)]
pub(crate) struct Family(BTreeSet<u32>);

impl Family {
    /// Notes who is there now.
    pub(crate) fn meet(&mut self, master: u32) -> &mut Self {
        self.0.extend(children(master).iter().map(|child| child.pid));
        self
    }

    /// How many are alive in these groups: processes of routes, and what these have started.
    pub(crate) fn living(&self) -> usize {
        all()
            .filter(|process| process.lives && self.0.contains(&process.group))
            .count()
    }

    pub(crate) fn until_gone(&self) {
        until("every process of every group has ended", || {
            (self.living() == 0).then_some(())
        });
    }
}

/// Waits until the server has no zombie, and no more processes than are kept by default.
pub(crate) fn until_tidy(server: &Server) {
    let kept = thread::available_parallelism().map_or(1, NonZero::get).max(2) + 1;
    until("there is no zombie and nobody but those that are kept", || {
        let children = children(server.pid());
        (children.len() <= kept && children.iter().all(|child| child.lives)).then_some(())
    });
}

/// Waits until a process of the server is neither alive nor a zombie.
pub(crate) fn until_reaped(server: &Server, pid: u32) {
    until(&format!("process {pid} is dead and reaped"), || {
        let mut all = children(server.pid()).into_iter();
        all.all(|child| child.pid != pid).then_some(())
    });
}

/// Ends a server and sees that nothing is left of it.
pub(crate) fn end(server: Server, mut family: Family) {
    family.meet(server.pid());
    until_tidy(&server);
    family.meet(server.pid());
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    family.until_gone();
}

pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// The process that answers now.
pub(crate) fn pid(server: &Server) -> u32 {
    server.get("/lab/isolated/pid").text().parse().unwrap()
}
