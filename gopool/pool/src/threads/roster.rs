//! The handles of the threads, and who joins them.

use crate::{
    sync::{self, JoinHandle, Mutex},
    time::Moment,
};

/// The threads that someone has yet to join.
#[derive(Default)]
pub(crate) struct Roster {
    /// By the number of the thread.
    pub(crate) at_work: Vec<(u64, JoinHandle<()>)>,
    /// The worker that left last. The next one to leave joins it, so that at most one ended thread keeps its stack.
    pub(crate) left: Option<JoinHandle<()>>,
    pub(crate) clock: Option<JoinHandle<()>>,
    pub(crate) is_closed: bool,
}

/// Takes the handle of the thread that calls out of the roster; joins the one that left before.
pub(crate) fn leave(roster: &Mutex<Roster>, number: u64) {
    let mut roster = sync::lock(roster);
    let Some(index) = roster.at_work.iter().position(|(other, _)| *other == number) else {
        return;
    };
    let (_, own) = roster.at_work.swap_remove(index);
    let before = roster.left.replace(own);
    drop(roster);
    if let Some(before) = before {
        let _never_panics = before.join();
    }
}

/// Joins the threads that have ended: all of them if `everyone` has left, so that the system's thread count is back where it was. One that is
/// held up by destructors of its thread-locals, or by a logger, is left to itself after `until`.
pub(crate) fn join(roster: &Mutex<Roster>, everyone: bool, until: Moment) {
    let mut roster = sync::lock(roster);
    let mut ended: Vec<_> = roster
        .left
        .take()
        .into_iter()
        .chain(roster.clock.take())
        .collect();
    if everyone {
        ended.extend(roster.at_work.drain(..).map(|(_, handle)| handle));
    }
    drop(roster);
    if !ended.is_empty() {
        sync::join_by(ended, until);
    }
}
