//! The names of jobs and lanes, which every part of the pool passes around.

use crate::priority::Priority;
use std::num::NonZeroU32;

/// Names one job: its place in the slab and how often that place was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JobKey {
    pub(crate) index: u32,
    pub(crate) generation: NonZeroU32,
}

impl JobKey {
    /// The key as one number, for an atomic.
    pub(crate) fn to_bits(self) -> u64 {
        u64::from(self.generation.get()) << 32 | u64::from(self.index)
    }

    /// The key that [`JobKey::to_bits`] gave; `None` for a number that it never gives, such as zero.
    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        let generation = NonZeroU32::new((bits >> 32) as u32)?;
        Some(Self {
            index: bits as u32,
            generation,
        })
    }
}

/// Names one lane of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LaneId(pub(crate) usize);

/// Names what the jobs of one lane and one priority share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShareId {
    pub(crate) lane: LaneId,
    pub(crate) priority: Priority,
}

/// Names the line that a job stands in: among those of its share, by its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineId {
    pub(crate) share: ShareId,
    pub(crate) place: u8,
}

impl LineId {
    pub(crate) fn lane(self) -> LaneId {
        self.share.lane
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_bits() {
        let key = JobKey {
            index: 7,
            generation: NonZeroU32::MAX,
        };
        assert_eq!(JobKey::from_bits(key.to_bits()), Some(key));
        assert_eq!(JobKey::from_bits(0), None);
    }
}
