//! What the bodies of requests may have, all together: of the memory, and of the disk.
//!
//! What a client has announced is reserved before any of it comes, so that nobody sends a body in vain. But a word costs nothing: clients
//! that announce and send next to nothing would keep all others out. So whoever finds no room takes it back from those who are late, as
//! much of it as has not come. When it comes after all it needs room like any other body.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// How long a client may take to begin that has announced a body.
const GRACE: Duration = Duration::from_secs(3);
/// How quickly it has to come from then on to be sure of its room, in bytes a second.
const STEADY: u64 = 64 << 10;

/// What bodies may take that arrive, or whose requests are not over yet. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: u64,
    used: AtomicU64,
    /// What has been announced and has not come as a whole, in the order in which it was announced.
    announced: Mutex<Vec<Arc<Announced>>>,
}

/// What one client has announced.
#[derive(Debug)]
struct Announced {
    since: Instant,
    come: AtomicU64,
    /// What has room already and has not come.
    missing: AtomicU64,
}

/// A part of a budget, for as long as this lives.
#[derive(Debug)]
pub(super) struct Reserved {
    of: Budget,
    /// What was asked for at first.
    asked: u64,
    /// What has its room for good.
    bytes: u64,
    /// What is waited for.
    announced: Option<Arc<Announced>>,
}

impl Budget {
    /// A budget of so many bytes.
    pub(crate) fn of(most: u64) -> Self {
        Self(Arc::new(Shared {
            most,
            used: AtomicU64::new(0),
            announced: Mutex::default(),
        }))
    }

    /// How many bytes it is.
    pub(crate) fn most(&self) -> u64 {
        self.0.most
    }

    /// Room for a body of so many bytes; `None` when there is none.
    pub(super) fn reserve(&self, bytes: u64) -> Option<Reserved> {
        let has_room = self.take(bytes, Instant::now);
        has_room.then(|| Reserved {
            of: self.clone(),
            asked: bytes,
            bytes,
            announced: None,
        })
    }

    fn announced(&self) -> MutexGuard<'_, Vec<Arc<Announced>>> {
        self.0.announced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes so many bytes more, from those who are late if need be.
    fn take(&self, bytes: u64, now: impl FnOnce() -> Instant) -> bool {
        self.try_take(bytes) || (self.take_back(bytes, now()) && self.try_take(bytes))
    }

    fn try_take(&self, bytes: u64) -> bool {
        let Shared { most, used, .. } = &*self.0;
        let add = |used: u64| used.checked_add(bytes).filter(|sum| sum <= most);
        bytes == 0 || used.fetch_update(Relaxed, Relaxed, add).is_ok()
    }

    /// Takes back what is late, as much as is needed for so many bytes; whether there was anything. Nothing if that is not enough.
    fn take_back(&self, bytes: u64, now: Instant) -> bool {
        let all = self.announced();
        let late = || all.iter().filter(|announced| announced.is_late(now));
        let mut lacking = bytes.saturating_sub(self.0.most.saturating_sub(self.0.used.load(Relaxed)));
        let there_is: u64 = late().map(|announced| announced.missing.load(Relaxed)).sum();
        if there_is < lacking {
            return false;
        }
        for announced in late() {
            if lacking == 0 {
                break;
            }
            let taken = announced.missing.swap(0, Relaxed);
            self.give_back(taken);
            lacking = lacking.saturating_sub(taken);
        }
        true
    }

    fn give_back(&self, bytes: u64) {
        self.0.used.fetch_sub(bytes, Relaxed);
    }

    /// How many bytes are reserved.
    #[cfg(test)]
    fn used(&self) -> u64 {
        self.0.used.load(Relaxed)
    }
}

impl Reserved {
    /// None of it has come, and it is waited for from now on.
    pub(super) fn begin_to_wait(&mut self) {
        let announced = Arc::new(Announced {
            since: Instant::now(),
            come: AtomicU64::new(0),
            missing: AtomicU64::new(std::mem::take(&mut self.bytes)),
        });
        self.of.announced().push(announced.clone());
        self.announced = Some(announced);
    }

    /// So many bytes have come, all in all. `false` when there is no room for them.
    pub(super) fn grow_to(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let expected = self
            .announced
            .as_ref()
            .map_or(0, |announced| announced.comes(more));
        self.bytes += expected;
        let has_room = self.of.take(more - expected, Instant::now);
        if has_room {
            self.bytes += more - expected;
        }
        has_room
    }

    /// All of it goes back.
    pub(super) fn shrink_to_nothing(&mut self) {
        self.settle();
        self.of.give_back(std::mem::take(&mut self.bytes));
        self.asked = 0;
    }

    /// All has come. `false` when there is no room for what was asked for beyond that.
    pub(super) fn end_to_wait(&mut self) -> bool {
        self.settle();
        self.grow_to(self.asked)
    }

    /// What still has room and has not come has it for good.
    fn settle(&mut self) {
        if let Some(announced) = self.announced.take() {
            self.of
                .announced()
                .retain(|other| !Arc::ptr_eq(other, &announced));
            self.bytes += announced.missing.swap(0, Relaxed);
        }
    }
}

impl Announced {
    fn is_late(&self, now: Instant) -> bool {
        let come = self.come.load(Relaxed);
        let steady = Duration::from_secs_f64(come as f64 / STEADY as f64);
        now.saturating_duration_since(self.since) > GRACE + steady
    }

    /// So many bytes more have come; how many of them still had their room.
    fn comes(&self, bytes: u64) -> u64 {
        self.come.fetch_add(bytes, Relaxed);
        let rest = |missing: u64| Some(missing.saturating_sub(bytes));
        let missing = self.missing.fetch_update(Relaxed, Relaxed, rest);
        missing.unwrap_or_else(|missing| missing).min(bytes)
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shrink_to_nothing();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    /// Room for a body that is waited for.
    fn announced(budget: &Budget, bytes: u64) -> Reserved {
        let mut reserved = budget.reserve(bytes).unwrap();
        reserved.begin_to_wait();
        reserved
    }

    #[test]
    fn a_budget_is_never_exceeded_and_comes_back() {
        let budget = Budget::of(100);
        let (mut one, mut other) = (budget.reserve(0).unwrap(), budget.reserve(0).unwrap());
        assert!(one.grow_to(60));
        assert!(!other.grow_to(41));
        assert!(other.grow_to(40));
        assert!(!one.grow_to(61));
        assert_eq!(budget.used(), 100);
        drop(other);
        assert!(one.grow_to(100));
        drop(one);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn what_is_announced_has_its_room_before_it_comes() {
        let budget = Budget::of(100);
        let mut one = announced(&budget, 60);
        assert!(budget.reserve(41).is_none());
        assert!(one.grow_to(10) && one.grow_to(10));
        assert_eq!(budget.used(), 60);
        assert!(one.grow_to(60));
        assert!(one.end_to_wait());
        assert_eq!(budget.used(), 60);
        assert!(!one.grow_to(u64::MAX));
        one.shrink_to_nothing();
        assert_eq!(budget.used(), 0);
        drop(one);
        assert_eq!(budget.used(), 0);
    }

    /// Whether there is room for so many bytes after such a time.
    fn has_room(budget: &Budget, bytes: u64, after: Duration) -> bool {
        budget.take(bytes, || Instant::now() + after)
    }

    #[test]
    fn who_is_late_loses_the_room_of_what_has_not_come() {
        let budget = Budget::of(100);
        let mut late = announced(&budget, 90);
        assert!(late.grow_to(30));
        assert!(!has_room(&budget, 20, GRACE / 2), "not late yet");
        assert!(!has_room(&budget, 71, GRACE * 2), "in vain");
        assert_eq!(budget.used(), 90);
        assert!(has_room(&budget, 20, GRACE * 2));
        assert_eq!(budget.used(), 50, "all that has not come is let go of");
        assert!(late.grow_to(80), "there is room again");
        assert!(!late.grow_to(90), "and now there is none");
        drop(late);
        assert_eq!(budget.used(), 20);
    }

    #[test]
    fn who_sends_steadily_keeps_the_room_and_so_does_who_has_sent_all() {
        let budget = Budget::of(10 * STEADY);
        let mut steady = announced(&budget, 9 * STEADY);
        assert!(steady.grow_to(5 * STEADY));
        assert!(!has_room(&budget, 2 * STEADY, GRACE + Duration::from_secs(4)));
        assert!(steady.grow_to(9 * STEADY));
        assert!(steady.end_to_wait());
        assert!(!has_room(&budget, 2 * STEADY, Duration::from_secs(3600)));
    }

    #[test]
    fn what_is_asked_for_beyond_what_comes_is_there_when_it_has_come_or_it_is_said() {
        let budget = Budget::of(100);
        let mut grows = announced(&budget, 80);
        assert!(grows.grow_to(10) && grows.end_to_wait());
        assert_eq!(budget.used(), 80);
        drop(grows);
        let mut late = announced(&budget, 80);
        assert!(late.grow_to(10));
        assert!(has_room(&budget, 50, GRACE * 2));
        assert!(!late.end_to_wait());
    }

    #[test]
    fn the_room_of_those_is_taken_first_who_have_waited_longest() {
        let budget = Budget::of(100);
        let (mut first, mut second) = (announced(&budget, 50), announced(&budget, 50));
        assert!(has_room(&budget, 50, GRACE * 2));
        assert!(second.grow_to(50));
        assert!(!first.grow_to(1));
    }
}
