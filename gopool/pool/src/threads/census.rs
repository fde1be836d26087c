//! Who waits and who runs: looked at in batches, because the lock is held meanwhile.

use crate::{
    keys::JobKey,
    rules::{
        census::{BATCH, Seen, TaskState, since},
        jobs::Stage,
        state::State,
    },
    sync,
    threads::{
        payload::{JobRef, Tag},
        shared::Shared,
    },
    time::Nanos,
};
use std::sync::Arc;

/// One job, and what is known of it.
pub(crate) struct JobView {
    pub(crate) key: JobKey,
    pub(crate) state: TaskState,
    pub(crate) lane: Arc<str>,
    pub(crate) wait: Nanos,
    pub(crate) run: Nanos,
    pub(crate) is_told_to_stop: bool,
    pub(crate) seat: Option<usize>,
    pub(crate) tag: Option<Tag>,
}

/// How many jobs there are, and the first of them: the overdue ones, then those that run, then those that wait, and among each the oldest first.
pub(crate) fn jobs(shared: &Arc<Shared>, limit: usize) -> (usize, Vec<JobView>) {
    let mut seen = Vec::new();
    let mut from = Some(0);
    while let Some(place) = from {
        seen.reserve(BATCH);
        from = shared.lock().look_at_jobs(place, &mut seen);
    }
    let total = seen.len();
    seen.sort_unstable_by_key(|job| (job.state, job.since));
    seen.truncate(limit);
    let mut views = Vec::with_capacity(seen.len());
    for batch in seen.chunks(BATCH) {
        let state = shared.lock();
        views.extend(batch.iter().filter_map(|job| view(&state, job)));
    }
    (total, views)
}

/// The job as it is by now, unless it has ended. Nothing of it is dropped here, nor called that is not ours.
fn view(state: &State<JobRef>, seen: &Seen) -> Option<JobView> {
    let job = state.job(seen.key)?;
    let so_far = sync::now().since(since(&job.stage));
    let (seat, is_settled) = match job.stage {
        Stage::Waiting { .. } => (None, false),
        Stage::Running { seat, is_settled, .. } => (Some(seat), is_settled),
    };
    Some(JobView {
        key: seen.key,
        state: state.task_state(&job.stage),
        lane: Arc::clone(&state.lanes.get(job.line.lane()).name),
        wait: if seat.is_some() {
            job.payload.wait()
        } else {
            so_far
        },
        run: if seat.is_some() { so_far } else { Nanos(0) },
        is_told_to_stop: is_settled || job.payload.is_cancelled(),
        seat,
        tag: job.payload.tag(),
    })
}
