//! Callers: each has two of a bounded number of lines, and a job of his stands in the shorter one.
//!
//! Whoever floods a lane fills his two lines. Somebody else has the same two by a chance of one in two thousand, and has otherwise one that
//! is short (shuffle sharding).

/// So many lines a share has at most, whatever the number of callers.
pub(crate) const LINES: u8 = 64;

/// Where a job of this caller is to stand; `waiting` tells how many do so at a place. Jobs without a caller have a line in common.
pub(crate) fn place(caller: Option<u64>, waiting: impl Fn(u8) -> usize) -> u8 {
    let Some(caller) = caller else { return 0 };
    let [one, other] = choices(caller);
    match waiting(other) < waiting(one) {
        true => other,
        false => one,
    }
}

/// The two lines of a caller, by a number that his key was hashed to.
fn choices(caller: u64) -> [u8; 2] {
    let lines = u64::from(LINES);
    let first = caller % lines;
    let apart = 1 + caller / lines % (lines - 1);
    [first, (first + apart) % lines].map(|place| place as u8)
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_caller_has_two_lines_and_few_others_have_the_same_two() {
        let pairs: BTreeSet<_> = (0..64 * 63).map(choices).collect();
        assert_eq!(pairs.len(), 64 * 63, "each pair in either order");
        for [one, other] in pairs {
            assert!(one != other && one.max(other) < LINES);
        }
    }

    #[test]
    fn the_shorter_of_the_two_is_taken() {
        let [one, other] = choices(7);
        assert_eq!(place(Some(7), |_| 0), one);
        assert_eq!(place(Some(7), |place| usize::from(place == one)), other);
        assert_eq!(place(Some(7), |place| usize::from(place == other)), one);
        assert_eq!(place(None, |_| 9), 0);
    }
}
