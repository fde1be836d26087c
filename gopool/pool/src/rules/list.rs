//! A list of waiting jobs that runs through the slab, so that one in the middle leaves it at once.

use crate::{
    keys::JobKey,
    rules::jobs::{Jobs, Links},
};

/// Jobs in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct List {
    first: Option<JobKey>,
    last: Option<JobKey>,
    len: usize,
}

impl List {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The oldest.
    pub(crate) fn first(&self) -> Option<JobKey> {
        self.first
    }

    /// The newest.
    pub(crate) fn last(&self) -> Option<JobKey> {
        self.last
    }

    /// Puts a job at the end.
    pub(crate) fn push<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey) {
        let before = self.last.replace(key);
        if let Some(links) = jobs.links(key) {
            *links = Links {
                earlier: before,
                later: None,
            };
        }
        match before.and_then(|before| jobs.links(before)) {
            Some(before) => before.later = Some(key),
            None => self.first = Some(key),
        }
        self.len += 1;
    }

    /// Takes a job of this list out, wherever it stands.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey) {
        let Some(Links { earlier, later }) = jobs.links(key).copied() else {
            return;
        };
        match earlier.and_then(|earlier| jobs.links(earlier)) {
            Some(earlier) => earlier.later = later,
            None => self.first = later,
        }
        match later.and_then(|later| jobs.links(later)) {
            Some(later) => later.earlier = earlier,
            None => self.last = earlier,
        }
        self.len -= 1;
    }
}
