//! A thousand lanes and ten thousand waiting jobs: what they take, and how much is done in one hold of the lock.

use super::bench::{Bench, SETTINGS};
use crate::{
    Stats,
    keys::LaneId,
    priority::Priority,
    rules::{
        admission::terms::Terms, effects::Tick, jobs::Entry, queue::Queue, settings::Settings, share::Share,
    },
    threads::payload::JobRef,
    time::Nanos,
};
use std::time::Duration;

const LANES: usize = 1000;
const JOBS: usize = 10_000;
/// More than is ever moved or answered in one hold: some tens of lanes, some tens of jobs each.
const IN_ONE_HOLD: usize = 2048;

fn terms(lane: LaneId) -> Terms {
    let limit = Nanos::of(Some(Duration::from_secs(10)));
    Terms {
        queue_timeout: limit,
        timeout: limit,
        ..Terms::of(lane)
    }
}

fn crowded() -> Bench {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: JOBS,
        ..SETTINGS
    });
    let lanes: Vec<_> = (0..LANES).map(|n| bench.lane(&n.to_string(), None)).collect();
    bench.is_checked = false;
    for n in 0..=JOBS {
        bench.order(terms(lanes[n % LANES])).unwrap();
    }
    bench
}

fn stale(bench: &Bench) -> usize {
    let shares = bench
        .state
        .lanes
        .iter()
        .filter_map(|queue| queue.share(Priority::Normal));
    shares.map(Share::stale).sum()
}

/// The greatest number of jobs that became stale, and that were answered, in one hold of the lock while the clock looked.
fn most_in_one_hold(bench: &mut Bench) -> (usize, usize) {
    let (mut most_stale, mut most_answered) = (0, 0);
    loop {
        let (before, waiting) = (stale(bench), bench.state.lanes.waiting());
        let tick = bench.state.tick(bench.now, Duration::ZERO);
        most_stale = most_stale.max(stale(bench).saturating_sub(before));
        most_answered = most_answered.max(waiting - bench.state.lanes.waiting());
        match tick {
            Tick::Act(effects) => bench.carry_out(effects),
            Tick::Rest(_) | Tick::Leave => return (most_stale, most_answered),
        }
    }
}

#[test]
fn the_clock_moves_and_answers_a_bounded_number_in_one_hold_and_all_in_the_end() {
    let mut bench = crowded();
    bench.now += Duration::from_millis(600);
    let (most_stale, _) = most_in_one_hold(&mut bench);
    assert!(most_stale <= IN_ONE_HOLD, "{most_stale} moved in one hold");
    assert_eq!(stale(&bench), JOBS);
    bench.now += Duration::from_secs(10);
    let (_, most_answered) = most_in_one_hold(&mut bench);
    assert!(
        most_answered <= IN_ONE_HOLD,
        "{most_answered} answered in one hold"
    );
    assert_eq!(bench.state.lanes.waiting(), 0);
    bench.state.check();
}

#[test]
fn a_full_queue_displaces_without_a_look_at_every_lane() {
    let mut bench = crowded();
    let (long, new) = (LaneId(7), bench.lane("new", None));
    bench.state.settings.max_queue += 100;
    for _ in 0..100 {
        bench.submit(long).unwrap();
    }
    let before = bench.state.lanes.get(long).waiting();
    for _ in 0..9 {
        bench.submit(new).unwrap();
    }
    assert_eq!(
        bench.state.lanes.get(long).waiting(),
        before - 9,
        "the longest one gives way"
    );
}

#[test]
fn statistics_copy_a_bounded_number_of_lanes_in_one_hold() {
    let bench = crowded();
    let mut stats = Stats::of(&bench.state, bench.now);
    let mut holds = 0;
    loop {
        let before = stats.lanes.len();
        if !stats.add_lanes(&bench.state) {
            break;
        }
        assert!(stats.lanes.len() - before <= 16);
        holds += 1;
    }
    assert_eq!(stats.lanes.len(), LANES + 1);
    assert!(holds >= LANES / 16);
}

#[test]
fn a_waiting_job_and_a_lane_take_little() {
    // The entry in the slab, the place in it, and the deadline.
    assert!(
        size_of::<Entry<JobRef>>() <= 128,
        "{}",
        size_of::<Entry<JobRef>>()
    );
    assert!(size_of::<Share>() <= 512, "{}", size_of::<Share>());
    assert!(size_of::<Queue>() <= 512, "{}", size_of::<Queue>());
    let mut bench = crowded();
    assert!(bench.state.deadlines.len() <= JOBS + 1);
    // Whatever comes and goes, what is kept stays as large as what is there.
    for _ in 0..3 {
        let keys = bench.state.jobs.keys();
        for key in keys.into_iter().take(JOBS / 2) {
            let effects = bench.state.cancel(key);
            bench.carry_out(effects);
        }
        while bench.state.lanes.waiting() < JOBS {
            let lane = LaneId(1 + bench.next as usize % LANES);
            bench.order(terms(lane)).unwrap();
        }
    }
    assert!(
        bench.state.jobs.place_count() <= JOBS + 2,
        "{}",
        bench.state.jobs.place_count()
    );
    assert!(
        bench.state.deadlines.len() <= 2 * JOBS + 100,
        "{}",
        bench.state.deadlines.len()
    );
    let timed = bench
        .state
        .lanes
        .iter()
        .filter(|queue| queue.timings.is_some())
        .count();
    assert!(
        timed <= 8,
        "histograms of {timed} lanes, though hardly any has run"
    );
}
