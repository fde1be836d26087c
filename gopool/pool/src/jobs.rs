//! The slab of all jobs that wait or run, each found by a key that no later job will have.

use super::{
    lanes::LaneId,
    time::{Moment, Nanos},
};
use std::num::NonZeroU32;

/// Names one job: its place in the slab and how often that place was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JobKey {
    index: u32,
    generation: NonZeroU32,
}

impl JobKey {
    /// The key as one number, for an atomic.
    pub(super) fn to_bits(self) -> u64 {
        u64::from(self.generation.get()) << 32 | u64::from(self.index)
    }

    /// The key that [`JobKey::to_bits`] gave; `None` for a number that it never gives, such as zero.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        let generation = NonZeroU32::new((bits >> 32) as u32)?;
        Some(Self {
            index: bits as u32,
            generation,
        })
    }
}

/// One job that waits or runs.
#[derive(Debug)]
pub(super) struct Job<J> {
    /// What the pool carries for the caller.
    pub(super) payload: J,
    pub(super) lane: LaneId,
    pub(super) stage: Stage,
    /// The earliest entry that the deadline heap holds for this job, or never.
    pub(super) armed: Moment,
}

/// Where a job is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// In its lane, until `deadline` at most.
    Waiting {
        submitted: Moment,
        deadline: Moment,
        /// The run limit, counted from the start.
        timeout: Nanos,
        links: Links,
    },
    /// On the thread of `seat`. `is_settled`: its caller has an answer already, only the body goes on.
    Running {
        seat: usize,
        started: Moment,
        deadline: Moment,
        is_settled: bool,
    },
}

/// The neighbours of a waiting job in its lane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Links {
    pub(super) earlier: Option<JobKey>,
    pub(super) later: Option<JobKey>,
}

/// All jobs that wait or run.
#[derive(Debug)]
pub(super) struct Jobs<J> {
    places: Vec<Place<J>>,
    /// The first place of the list of free ones.
    free: Option<u32>,
}

#[derive(Debug)]
struct Place<J> {
    generation: NonZeroU32,
    content: Content<J>,
}

#[derive(Debug)]
enum Content<J> {
    Job(Job<J>),
    Free { next: Option<u32> },
}

impl<J> Jobs<J> {
    pub(super) fn new() -> Self {
        Self {
            places: Vec::new(),
            free: None,
        }
    }

    pub(super) fn insert(&mut self, job: Job<J>) -> JobKey {
        let Some(index) = self.free else {
            let index = self.places.len() as u32;
            self.places.push(Place {
                generation: NonZeroU32::MIN,
                content: Content::Job(job),
            });
            return JobKey {
                index,
                generation: NonZeroU32::MIN,
            };
        };
        let place = &mut self.places[index as usize];
        if let Content::Free { next } = place.content {
            self.free = next;
        }
        place.content = Content::Job(job);
        JobKey {
            index,
            generation: place.generation,
        }
    }

    pub(super) fn get(&self, key: JobKey) -> Option<&Job<J>> {
        match self.places.get(key.index as usize) {
            Some(Place {
                generation,
                content: Content::Job(job),
            }) if *generation == key.generation => Some(job),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, key: JobKey) -> Option<&mut Job<J>> {
        match self.places.get_mut(key.index as usize) {
            Some(Place {
                generation,
                content: Content::Job(job),
            }) if *generation == key.generation => Some(job),
            _ => None,
        }
    }

    /// The neighbours of a waiting job.
    pub(super) fn links(&mut self, key: JobKey) -> Option<&mut Links> {
        match &mut self.get_mut(key)?.stage {
            Stage::Waiting { links, .. } => Some(links),
            Stage::Running { .. } => None,
        }
    }

    pub(super) fn remove(&mut self, key: JobKey) -> Option<Job<J>> {
        self.get(key)?;
        let place = &mut self.places[key.index as usize];
        place.generation = place.generation.checked_add(1).unwrap_or(NonZeroU32::MIN);
        let content = std::mem::replace(&mut place.content, Content::Free { next: self.free });
        self.free = Some(key.index);
        match content {
            Content::Job(job) => Some(job),
            Content::Free { .. } => None,
        }
    }

    /// The keys of all jobs, in no particular order. Linear: for closing only.
    pub(super) fn keys(&self) -> Vec<JobKey> {
        let key = |(index, place): (usize, &Place<J>)| match place.content {
            Content::Job(_) => Some(JobKey {
                index: index as u32,
                generation: place.generation,
            }),
            Content::Free { .. } => None,
        };
        self.places.iter().enumerate().filter_map(key).collect()
    }
}

#[cfg(all(test, not(gopool_loom)))]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn job(payload: u32) -> Job<u32> {
        Job {
            payload,
            lane: LaneId(0),
            stage: Stage::Waiting {
                submitted: Moment::NEVER,
                deadline: Moment::NEVER,
                timeout: Nanos::FOREVER,
                links: Links::default(),
            },
            armed: Moment::NEVER,
        }
    }

    #[test]
    fn a_key_never_finds_the_next_job_of_its_place() {
        let mut jobs = Jobs::new();
        let first = jobs.insert(job(1));
        assert_eq!(jobs.remove(first).unwrap().payload, 1);
        let second = jobs.insert(job(2));
        assert!(jobs.get(first).is_none());
        assert!(jobs.remove(first).is_none());
        assert_eq!(jobs.get(second).unwrap().payload, 2);
    }

    #[test]
    fn places_are_used_again() {
        let mut jobs = Jobs::new();
        let keys: Vec<_> = (0..4).map(|n| jobs.insert(job(n))).collect();
        for key in keys {
            jobs.remove(key);
        }
        for n in 0..4 {
            jobs.insert(job(n));
        }
        assert_eq!(jobs.places.len(), 4);
        assert_eq!(jobs.keys().len(), 4);
    }

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
