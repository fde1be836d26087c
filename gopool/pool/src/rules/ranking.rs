//! Which lanes are the longest, found without a look at the others.
//!
//! A lane's rank is the number of binary digits of its length, so a lane that grows or shrinks by one seldom changes it.

use crate::keys::LaneId;

/// So many lanes of the highest rank are compared: the lock is held meanwhile.
const COMPARED: usize = 64;

/// Lanes by their lengths. One of length zero is nowhere.
#[derive(Debug, Default)]
pub(crate) struct Ranking {
    /// By rank, beginning with one.
    ranks: Vec<Vec<LaneId>>,
    /// Where each lane stands within its rank.
    places: Vec<usize>,
}

impl Ranking {
    /// The length of a lane has changed.
    pub(crate) fn change(&mut self, id: LaneId, before: usize, after: usize) {
        let (from, to) = (rank(before), rank(after));
        if from != to {
            self.move_lane(id, from, to);
        }
    }

    fn move_lane(&mut self, id: LaneId, from: usize, to: usize) {
        if from > 0 {
            self.leave(id, from - 1);
        }
        if to > 0 {
            self.enter(id, to - 1);
        }
    }

    /// The longest lane: of those of the highest rank if they are few, and more than half as long as any if they are many.
    pub(crate) fn longest(&self, length: impl Fn(LaneId) -> usize) -> Option<LaneId> {
        let highest = self.ranks.last()?;
        let compared = highest.iter().take(COMPARED).copied();
        compared.max_by_key(|id| (length(*id), id.0))
    }

    fn leave(&mut self, id: LaneId, index: usize) {
        let (rank, place) = (&mut self.ranks[index], self.places[id.0]);
        rank.swap_remove(place);
        if let Some(moved) = rank.get(place) {
            self.places[moved.0] = place;
        }
        // The last one is the highest that holds a lane.
        while self.ranks.last().is_some_and(Vec::is_empty) {
            self.ranks.pop();
        }
    }

    fn enter(&mut self, id: LaneId, index: usize) {
        if self.ranks.len() <= index {
            self.ranks.resize_with(index + 1, Vec::new);
        }
        if self.places.len() <= id.0 {
            self.places.resize(id.0 + 1, 0);
        }
        self.places[id.0] = self.ranks[index].len();
        self.ranks[index].push(id);
    }
}

fn rank(length: usize) -> usize {
    (usize::BITS - length.leading_zeros()) as usize
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn whatever_lanes_do_the_longest_is_found_among_those_of_the_highest_rank() {
        let mut chance = fastrand::Rng::with_seed(7);
        let (mut ranking, mut lengths) = (Ranking::default(), [0_usize; 40]);
        for _ in 0..20_000 {
            let lane = chance.usize(..lengths.len());
            let before = lengths[lane];
            lengths[lane] = if chance.bool() {
                before + 1
            } else {
                before.saturating_sub(1)
            };
            ranking.change(LaneId(lane), before, lengths[lane]);
            let longest = ranking.longest(|id| lengths[id.0]);
            let longest = longest.map_or(0, |id| lengths[id.0]);
            assert_eq!(Some(&longest), lengths.iter().max());
        }
    }

    #[test]
    fn of_a_thousand_lanes_few_are_looked_at() {
        let mut ranking = Ranking::default();
        (0..1000).for_each(|lane| ranking.change(LaneId(lane), 0, 1));
        let looks = std::cell::Cell::new(0);
        let count = |_| {
            looks.set(looks.get() + 1);
            1
        };
        assert!(ranking.longest(count).is_some());
        assert!(looks.get() <= COMPARED, "{}", looks.get());
    }
}
