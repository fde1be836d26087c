//! How far something is that only goes forward.

use std::{
    fmt,
    marker::PhantomData,
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};

/// The stages of something, from the first to the last.
pub(crate) trait Staged: Copy + Ord + 'static {
    /// At least one, in their order.
    const ALL: &'static [Self];
}

/// The stage that something has reached. It never goes back, whoever says so and in whatever order.
pub(crate) struct Progress<S>(AtomicU8, PhantomData<S>);

impl<S: Staged> Progress<S> {
    /// The stage that was reached.
    pub(crate) fn stage(&self) -> S {
        let last = S::ALL.len() - 1;
        S::ALL[usize::from(self.0.load(Relaxed)).min(last)]
    }

    /// Reaches this stage, unless it is further already.
    pub(crate) fn advance_to(&self, stage: S) {
        let before = S::ALL.iter().take_while(|other| **other < stage).count();
        self.0.fetch_max(u8::try_from(before).unwrap_or(u8::MAX), Relaxed);
    }
}

impl<S> Default for Progress<S> {
    /// At the first stage.
    fn default() -> Self {
        Self(AtomicU8::new(0), PhantomData)
    }
}

impl<S: Staged + fmt::Debug> fmt::Debug for Progress<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stage().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Meal {
        Soup,
        Roast,
        Cake,
    }

    impl Staged for Meal {
        const ALL: &'static [Self] = &[Self::Soup, Self::Roast, Self::Cake];
    }

    #[test]
    fn it_begins_with_the_first_stage_and_reaches_each() {
        let meal = Progress::default();
        for stage in Meal::ALL {
            meal.advance_to(*stage);
            assert_eq!(meal.stage(), *stage);
        }
        assert_eq!(Progress::<Meal>::default().stage(), Meal::Soup);
    }

    #[test]
    fn it_never_goes_back() {
        let meal = Progress::default();
        meal.advance_to(Meal::Cake);
        meal.advance_to(Meal::Roast);
        assert_eq!(meal.stage(), Meal::Cake);
    }
}
