//! What the bodies of requests may have, all together: of the memory, and of the disk.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// What bodies may take that arrive, or whose requests have no answer yet. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    most: u64,
    used: Arc<AtomicU64>,
}

/// A part of a budget, for as long as this lives.
#[derive(Debug)]
pub(super) struct Reserved {
    of: Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of so many bytes.
    pub(crate) fn of(most: u64) -> Self {
        Self {
            most,
            used: Arc::default(),
        }
    }

    /// How many bytes it is.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// Nothing as yet.
    pub(super) fn reserve_nothing(&self) -> Reserved {
        Reserved {
            of: self.clone(),
            bytes: 0,
        }
    }

    /// How many bytes are reserved.
    #[cfg(test)]
    fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }
}

impl Reserved {
    /// So many bytes instead of what it is; never fewer. `false` when there is no room.
    pub(super) fn grow_to(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return true;
        }
        let add = |used: u64| used.checked_add(more).filter(|sum| *sum <= self.of.most);
        let has_room = self.of.used.fetch_update(Relaxed, Relaxed, add).is_ok();
        if has_room {
            self.bytes = bytes;
        }
        has_room
    }

    /// All of it goes back.
    pub(super) fn shrink_to_nothing(&mut self) {
        self.of.used.fetch_sub(std::mem::take(&mut self.bytes), Relaxed);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shrink_to_nothing();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_never_exceeded_and_comes_back() {
        let budget = Budget::of(100);
        let (mut one, mut other) = (budget.reserve_nothing(), budget.reserve_nothing());
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
    fn what_is_reserved_shrinks_to_nothing_or_not_at_all() {
        let budget = Budget::of(100);
        let mut one = budget.reserve_nothing();
        assert!(one.grow_to(60) && one.grow_to(10));
        assert_eq!(budget.used(), 60);
        assert!(!one.grow_to(u64::MAX));
        one.shrink_to_nothing();
        assert_eq!(budget.used(), 0);
        drop(one);
        assert_eq!(budget.used(), 0);
    }
}
