//! The decisions, by hand and at random.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap fails the test")]

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A nursery whose children start as soon as they are wanted.
struct World {
    state: State<()>,
    now: Instant,
}

impl World {
    fn new(settings: Settings) -> Self {
        Self {
            state: State::new(settings),
            now: Instant::now(),
        }
    }

    fn later(&mut self, time: Duration) -> Vec<Due> {
        self.now += time;
        self.state.due(self.now)
    }

    fn boot_all(&mut self) -> usize {
        let mut booted = 0;
        while self.state.boots(self.now) > 0 {
            let id = self.state.started((), self.now, 0.5);
            self.state.ready(id, self.now);
            booted += 1;
        }
        booted
    }

    fn take(&mut self) -> Id {
        match self.state.take(self.now, Want::Any) {
            Taken::Child(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, id: Id) -> bool {
        self.state.answered(id, self.now, 0)
    }
}

fn settings() -> Settings {
    Settings {
        max: 2,
        spare: 1,
        ..Settings::default()
    }
}

#[test]
fn one_child_is_there_from_the_start_and_a_spare_once_it_is_used() {
    let mut world = World::new(settings());
    assert_eq!(world.boot_all(), 1);
    let id = world.take();
    assert_eq!(world.boot_all(), 1);
    world.answer(id);
    assert_eq!(world.boot_all(), 0);
}

#[test]
fn who_was_busy_last_is_busy_next() {
    let mut world = World::new(settings());
    world.boot_all();
    let one = world.take();
    world.boot_all();
    let two = world.take();
    world.answer(two);
    world.answer(one);
    assert_eq!(world.take(), one);
}

#[test]
fn no_more_work_than_may_and_one_is_spare() {
    let mut world = World::new(settings());
    world.boot_all();
    for _ in 0..3 {
        world.take();
        world.boot_all();
    }
    assert_eq!(world.state.take(world.now, Want::Any), Taken::Wait);
    world.state.waiting.come(Want::Any);
    assert_eq!(world.boot_all(), 0, "there are places for two and a spare");
}

#[test]
fn what_is_about_to_end_leaves_its_place_but_not_for_ever() {
    let mut world = World::new(settings());
    world.boot_all();
    let mut all = 0;
    // None of them ever ends.
    for _ in 0..10 {
        if let Taken::Child(id) = world.state.take(world.now, Want::Any) {
            world.state.overdue(id, world.now, Why::Timeout);
            all += 1;
        }
        world.later(SECOND);
        world.boot_all();
    }
    assert_eq!(
        all, 5,
        "two that may work and a spare, and as many again as may work"
    );
    assert_eq!(world.state.take(world.now, Want::Any), Taken::NotNow(FAREWELL));
}

#[test]
fn idle_ones_leave_in_time_and_a_spare_when_nobody_asks_any_more() {
    let mut world = World::new(settings());
    world.boot_all();
    let (one, _) = (world.take(), world.boot_all());
    let (two, _) = (world.take(), world.boot_all());
    world.answer(one);
    world.answer(two);
    // One is asked now and then, so its spare stays and the surplus leaves.
    for round in 0..100 {
        let due = world.later(5 * SECOND);
        assert_eq!(due.len(), usize::from(round == 11), "{round}");
        for step in due {
            let Due::Dismiss(id) = step else {
                panic!("{step:?}")
            };
            world.state.reaped(id).unwrap();
        }
        let id = world.take();
        world.answer(id);
        assert_eq!(world.boot_all(), 0, "nobody comes and goes");
    }
    assert_eq!(world.state.stats().idle, 2);
    let next = world.state.next(world.now).unwrap();
    assert_eq!(next, world.now + 60 * SECOND);
    assert_eq!(world.later(60 * SECOND).len(), 2);
    assert_eq!(world.state.stats().idle, 0);
}

#[test]
fn those_that_are_kept_stay() {
    let mut world = World::new(Settings { min: 2, ..settings() });
    assert_eq!(world.boot_all(), 2);
    assert!(world.later(3600 * SECOND).is_empty());
    assert_eq!(world.state.next(world.now), None, "nothing wakes anybody");
}

#[test]
fn a_start_that_fails_delays_the_next_longer_and_longer() {
    let mut world = World::new(settings());
    let mut delays = Vec::new();
    world.state.waiting.come(Want::Any);
    for _ in 0..20 {
        assert_eq!(world.state.boots(world.now), 1);
        let id = world.state.started((), world.now, 0.5);
        let delay = world.state.boot_failed(Some(id), world.now);
        assert_eq!(world.state.boots(world.now), 0);
        assert_eq!(world.state.take(world.now, Want::Any), Taken::NotNow(delay));
        world.state.reaped(id).unwrap();
        assert_eq!(world.state.next(world.now), Some(world.now + delay));
        world.later(delay);
        delays.push(delay.as_millis());
    }
    assert_eq!(delays[..4], [100, 150, 225, 337]);
    assert_eq!(delays[19], 15_000);
    world.boot_all();
    let id = world.take();
    world.state.end(id, Why::Crash);
    assert!(
        world.state.boots(world.now) > 0,
        "a death in a job delays nothing"
    );
}

#[test]
fn a_child_that_does_not_become_ready_is_ended() {
    let mut world = World::new(settings());
    let id = world.state.started((), world.now, 0.5);
    assert!(world.later(29 * SECOND).is_empty());
    assert_eq!(world.later(SECOND), [Due::NotReady(id)]);
    world.state.boot_failed(Some(id), world.now);
    assert_eq!(world.state.reaped(id).unwrap().why, Some(Why::Boot));
}

#[test]
fn a_late_job_has_the_grace_to_heed_that() {
    let mut world = World::new(settings());
    world.boot_all();
    let id = world.take();
    world.state.overdue(id, world.now, Why::Timeout);
    assert!(world.later(Duration::from_millis(99)).is_empty());
    assert!(world.state.came_back(id, world.now, 0));
    assert!(world.later(SECOND).is_empty());
    let id = world.take();
    world.state.overdue(id, world.now, Why::Unwanted);
    assert_eq!(world.later(Duration::from_millis(100)), [Due::Kill(id)]);
    assert!(world.later(SECOND).is_empty(), "it is said once");
    assert_eq!(world.state.reaped(id).unwrap().why, Some(Why::Unwanted));
}

#[test]
fn recycling_waits_for_a_successor_and_is_spread() {
    let mut world = World::new(Settings {
        recycle: Some(100),
        ..settings()
    });
    assert_eq!(world.boot_all(), 1);
    for _ in 0..150 {
        let id = world.take();
        assert!(world.answer(id), "nobody is there to take over");
    }
    let id = world.take();
    world.boot_all();
    assert!(!world.answer(id));
    let ages: Vec<_> = [0.0, 0.5, 1.0]
        .map(|chance| {
            let id = world.state.started((), world.now, chance);
            world.state.child(id).unwrap().recycle_at.unwrap()
        })
        .into();
    assert_eq!(ages, [90, 100, 110]);
}

/// Starts what is wanted and dismisses who is in the way, as long as there is anything of the kind to do.
fn settle(world: &mut World) {
    while world.boot_all() + world.later(Duration::ZERO).len() > 0 {}
}

#[test]
fn a_fresh_child_has_one_job_and_those_are_kept_for_who_wants_them() {
    let mut world = World::new(settings());
    world.boot_all();
    let used = world.take();
    settle(&mut world);
    world.answer(used);
    let fresh = |world: &mut World| world.state.take(world.now, Want::Fresh);
    let Taken::Child(first) = fresh(&mut world) else {
        panic!("the spare is fresh");
    };
    assert_ne!(first, used);
    settle(&mut world);
    assert_eq!(world.take(), used, "the fresh one is kept");
    world.answer(used);
    assert!(!world.answer(first), "it leaves after its only job");
    let Taken::Child(second) = fresh(&mut world) else {
        panic!("a spare one was started");
    };
    assert!(second != first && second != used);
}

#[test]
fn who_waits_for_a_fresh_child_has_a_used_one_make_room() {
    let mut world = World::new(Settings {
        max: 1,
        spare: 0,
        ..settings()
    });
    world.boot_all();
    let used = world.take();
    assert_eq!(world.state.take(world.now, Want::Fresh), Taken::Wait);
    world.state.waiting.come(Want::Fresh);
    assert!(!world.state.wants_attention(world.now), "it has a job");
    world.answer(used);
    assert!(world.state.wants_attention(world.now));
    assert_eq!(world.later(Duration::ZERO), [Due::Dismiss(used)]);
    assert_eq!(world.boot_all(), 1);
    assert!(matches!(
        world.state.take(world.now, Want::Fresh),
        Taken::Child(_)
    ));
    world.state.waiting.go(Want::Fresh);
    assert!(!world.state.wants_attention(world.now));
}

#[test]
fn who_wants_a_fresh_child_is_told_when_none_can_start() {
    let mut world = World::new(settings());
    world.boot_all();
    let id = world.take();
    world.answer(id);
    let delay = world.state.boot_failed(None, world.now);
    assert_eq!(world.state.take(world.now, Want::Fresh), Taken::NotNow(delay));
    assert_eq!(world.state.take(world.now, Want::Any), Taken::Child(id));
}

#[test]
fn a_child_that_waits_for_a_slow_reader_leaves_its_place_but_not_for_ever() {
    let mut world = World::new(Settings {
        max: 1,
        spare: 0,
        ..settings()
    });
    world.boot_all();
    let one = world.take();
    assert_eq!(world.state.take(world.now, Want::Any), Taken::Wait);
    world.state.waiting.come(Want::Any);
    assert_eq!(world.boot_all(), 0);
    world.state.stall(one, true);
    assert_eq!((world.state.stats().stalled, world.boot_all()), (1, 1));
    let two = world.take();
    world.state.stall(two, true);
    assert_eq!(world.boot_all(), 0, "as many again as may work");
    world.state.stall(one, false);
    assert_eq!(world.state.stats().busy, 1);
    // It is dying by now, so it does not come back to work.
    world.state.end(two, Why::Crash);
    world.state.stall(two, false);
    assert_eq!((world.state.stats().busy, world.state.stats().dying), (1, 1));
}

#[test]
fn closing_lets_the_idle_go_and_kills_what_boots() {
    let mut world = World::new(settings());
    world.boot_all();
    let busy = world.take();
    world.boot_all();
    let booting = world.state.started((), world.now, 0.5);
    let due = world.state.close(world.now);
    assert!(due.contains(&Due::Kill(booting)) && due.len() == 2, "{due:?}");
    assert_eq!(world.state.take(world.now, Want::Any), Taken::Closed);
    assert_eq!(world.state.boots(world.now), 0);
    assert!(!world.answer(busy), "it is dismissed when it has answered");
}

/// Whatever happens in whatever order: no more children than places, none in two states, every end is counted once.
#[test]
fn nothing_is_lost_whatever_happens() {
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..300 {
        let settings = Settings {
            max: random.usize(1..4),
            min: random.usize(..2),
            spare: random.usize(..3),
            recycle: random.bool().then_some(3),
            idle_timeout: Duration::from_millis(random.u64(1..2_000)),
            ..Settings::default()
        };
        let places = settings.max + settings.spare;
        let ending = settings.max;
        let mut world = World::new(settings);
        for _ in 0..400 {
            step(&mut world, &mut random);
            let stats = world.state.stats();
            let working = stats.booting + stats.idle + stats.busy + stats.stalled;
            let gone = stats.overdue + stats.leaving + stats.dying;
            // Those that come back find their places taken.
            assert!(working + gone <= places + 2 * ending, "{stats:?}");
            let (boots, next) = (world.state.boots(world.now), world.state.next(world.now));
            let comes =
                boots > 0 || next.is_some() || stats.busy + stats.stalled + stats.dying + stats.idle > 0;
            assert!(
                world.state.waiting.all == 0 || comes,
                "who waits waits for nothing: {stats:?}"
            );
            let ended: u64 = stats.exits.by_why().iter().map(|(_, count)| count).sum();
            assert_eq!(stats.starts, ended + (working + gone) as u64, "{stats:?}");
        }
        world.state.close(world.now);
        world.state.end_all();
        let left: Vec<_> = world.state.children().map(|(id, _)| id).collect();
        assert!(left.into_iter().all(|id| world.state.reaped(id).is_some()));
        assert!(world.state.is_empty());
    }
}

fn step(world: &mut World, random: &mut fastrand::Rng) {
    let now = world.now;
    let mut of = |is_wanted: fn(Phase) -> bool| {
        let all = world.state.children();
        let some: Vec<_> = all
            .filter(|(_, child)| is_wanted(child.phase))
            .map(|(id, _)| id)
            .collect();
        random.choice(some)
    };
    let booting = of(|phase| matches!(phase, Phase::Booting { .. }));
    let busy = of(|phase| phase == Phase::Busy);
    let overdue = of(|phase| matches!(phase, Phase::Overdue { .. }));
    let stalled = of(|phase| phase == Phase::Stalled);
    let any = of(|_| true);
    let dying = of(|phase| matches!(phase, Phase::Dying | Phase::Leaving { .. }));
    if let Some(id) = stalled.filter(|_| random.u8(..4) == 0) {
        return world.state.stall(id, false);
    }
    match (random.u8(..10), booting, busy, overdue, any, dying) {
        (0, ..) => {
            if world.state.boots(now) > 0 {
                world.state.started((), now, 0.3);
            }
        }
        (1, Some(id), ..) => world.state.ready(id, now),
        (2, Some(id), ..) => drop(world.state.boot_failed(Some(id), now)),
        (3 | 4, ..) => {
            let want = random.choice([Want::Any, Want::Any, Want::Fresh]).unwrap();
            world.state.waiting = Waiting::default();
            match world.state.take(now, want) {
                Taken::Child(id) => {
                    let served = world.state.child(id).unwrap().served;
                    assert!(want == Want::Any || served == 0, "{id} is not fresh");
                }
                Taken::Wait => world.state.waiting.come(want),
                _ => {}
            }
        }
        (5, _, Some(id), ..) => drop(world.state.answered(id, now, 7)),
        (6, _, Some(id), ..) if random.bool() => world.state.stall(id, true),
        (6, _, Some(id), ..) => world.state.overdue(id, now, Why::Timeout),
        (7, _, _, Some(id), ..) => drop(world.state.came_back(id, now, 7)),
        (8, .., Some(id), _) if random.u8(..5) == 0 => world.state.end(id, Why::Crash),
        (.., Some(id)) if random.bool() => drop(world.state.reaped(id)),
        _ => {
            for due in world.later(Duration::from_millis(random.u64(..300))) {
                if let Due::NotReady(id) = due {
                    world.state.boot_failed(Some(id), world.now);
                }
            }
        }
    }
}
