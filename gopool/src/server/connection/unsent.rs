//! The memory that answers may have which their clients do not take, all together.
//!
//! An answer counts from the moment at which its client is waited for, with all that is left of it, until the last byte is taken: only then
//! its memory is back. When there is too much of it, those are cut off whose time would be up first: who takes nothing before who takes
//! little, and among these who has been waited for longest.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;
use slab::Slab;
use tokio::time::Instant;

/// What answers may have that are waited for. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Unsent(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: u64,
    /// Times are told since then.
    base: Instant,
    answers: Mutex<Answers>,
}

/// Its sum is always that of its answers.
#[derive(Debug, Default)]
struct Answers {
    bytes: u64,
    all: Slab<Arc<Answer>>,
}

#[derive(Debug)]
struct Answer {
    bytes: u64,
    /// When its client's time is up, in milliseconds.
    until: AtomicU64,
    is_cut: AtomicBool,
    connection: AtomicWaker,
}

/// An answer that is waited for, for as long as this lives.
#[derive(Debug)]
pub(super) struct Held {
    of: Unsent,
    place: usize,
    answer: Arc<Answer>,
}

impl Unsent {
    /// So many bytes at most, or one answer that is larger.
    pub(crate) fn of(most: u64) -> Self {
        Self(Arc::new(Shared {
            most,
            base: Instant::now(),
            answers: Mutex::default(),
        }))
    }

    /// An answer of which so much is left, and whose client has until then. It may cost others theirs.
    pub(super) fn hold(&self, bytes: u64, until: Instant) -> Held {
        let answer = Arc::new(Answer {
            bytes,
            until: AtomicU64::new(self.millis(until)),
            is_cut: AtomicBool::new(false),
            connection: AtomicWaker::new(),
        });
        let (place, cut) = {
            let mut answers = self.answers();
            answers.bytes = answers.bytes.saturating_add(bytes);
            let place = answers.all.insert(answer.clone());
            (place, answers.cut_others(place, self.0.most))
        };
        for other in cut {
            other.connection.wake();
        }
        Held {
            of: self.clone(),
            place,
            answer,
        }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn millis(&self, time: Instant) -> u64 {
        let millis = time.saturating_duration_since(self.0.base).as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX)
    }
}

impl Answers {
    /// Cuts off as many as it takes to have no more than `most`, but not the one in this place.
    fn cut_others(&mut self, place: usize, most: u64) -> Vec<Arc<Answer>> {
        let mut cut = Vec::new();
        if self.bytes <= most {
            return cut;
        }
        let others = self.all.iter().filter(|(other, _)| *other != place);
        let mut soonest: BinaryHeap<_> = others
            .map(|(other, answer)| Reverse((answer.until.load(Relaxed), other)))
            .collect();
        while self.bytes > most
            && let Some(Reverse((_, other))) = soonest.pop()
        {
            cut.extend(self.remove(other));
        }
        for answer in &cut {
            answer.is_cut.store(true, Relaxed);
        }
        cut
    }

    fn remove(&mut self, place: usize) -> Option<Arc<Answer>> {
        let answer = self.all.try_remove(place)?;
        self.bytes = self.bytes.saturating_sub(answer.bytes);
        Some(answer)
    }
}

impl Held {
    /// Ready when it is cut off. Its client has until then, unless others need the memory.
    pub(super) fn poll_cut(&self, until: Instant, context: &Context<'_>) -> Poll<()> {
        self.answer.until.store(self.of.millis(until), Relaxed);
        self.answer.connection.register(context.waker());
        match self.answer.is_cut.load(Relaxed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut answers = self.of.answers();
        // Somebody else may have the place of one that was cut off.
        if !self.answer.is_cut.load(Relaxed) {
            answers.remove(self.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{task::Waker, time::Duration};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn is_cut(held: &Held, until: Instant) -> bool {
        held.poll_cut(until, &Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[test]
    fn nobody_is_cut_off_while_there_is_room_and_room_comes_back() {
        let (unsent, now) = (Unsent::of(100), Instant::now());
        let one = unsent.hold(60, now);
        for _ in 0..3 {
            let other = unsent.hold(40, now + SECOND);
            assert!(!is_cut(&one, now) && !is_cut(&other, now));
        }
        assert_eq!(unsent.answers().bytes, 60);
        drop(one);
        assert_eq!(unsent.answers().bytes, 0);
    }

    #[test]
    fn those_are_cut_off_whose_time_is_up_first_and_no_more_than_it_takes() {
        let (unsent, now) = (Unsent::of(100), Instant::now());
        let [second, first, third] = [2, 1, 3].map(|seconds| unsent.hold(30, now + SECOND * seconds));
        let new = unsent.hold(60, now);
        assert!(is_cut(&first, now) && is_cut(&second, now));
        assert!(!is_cut(&third, now + SECOND * 3) && !is_cut(&new, now + SECOND * 9));
        assert_eq!(unsent.answers().bytes, 90);
        drop((first, second));
        assert_eq!(unsent.answers().bytes, 90, "it was given back before");
    }

    #[test]
    fn whose_time_is_up_when_is_what_was_said_last() {
        let (unsent, now) = (Unsent::of(100), Instant::now());
        let [idle, reads] = [2, 1].map(|seconds| unsent.hold(50, now + SECOND * seconds));
        assert!(!is_cut(&reads, now + SECOND * 10));
        let _new = unsent.hold(50, now + SECOND * 5);
        assert!(is_cut(&idle, now) && !is_cut(&reads, now));
    }

    #[test]
    fn one_that_is_larger_than_all_there_is_has_it_alone() {
        let (unsent, now) = (Unsent::of(100), Instant::now());
        let small = unsent.hold(10, now);
        let large = unsent.hold(1000, now);
        assert!(is_cut(&small, now) && !is_cut(&large, now));
        let next = unsent.hold(10, now + SECOND);
        assert!(is_cut(&large, now) && !is_cut(&next, now));
        assert_eq!(unsent.answers().bytes, 10);
    }

    #[test]
    fn the_place_of_one_that_was_cut_off_is_its_successors() {
        let (unsent, now) = (Unsent::of(100), Instant::now());
        let first = unsent.hold(100, now);
        let second = unsent.hold(90, now);
        let third = unsent.hold(5, now);
        drop(first);
        assert_eq!(unsent.answers().bytes, 95);
        drop((second, third));
        assert_eq!(unsent.answers().bytes, 0);
    }
}
