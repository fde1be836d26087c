//! The threads as the rules see them: seats, what the thread of each does, and how many do so.
//!
//! The last seats are for lent places: their threads run beyond the width, and are counted apart (see `lending`).

use crate::time::Moment;
use std::ops::Range;

/// What the thread of a seat does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seat {
    /// No thread.
    Vacant,
    /// Counted, not yet at its first look.
    Starting,
    /// On its way to look for work: woken, or about to look once more before it parks.
    Searching,
    /// Waits on its condition variable.
    Parked,
    /// Runs a job.
    Busy,
    /// Hands over the result of a job that has ended: to callers and destructors that may take their time.
    Clearing,
    /// Runs a job past its timeout.
    Overdue,
    /// Runs a job that waits for somebody outside, who may never come.
    Stalled,
    /// What it does next is being decided; no seat is left so.
    Deciding,
}

/// How many states there are.
const STATES: usize = 9;

/// Which places the thread of a seat runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those of the width.
    Own,
    /// Those that long runs lend, beyond the width.
    Express,
}

/// The seats of one kind.
#[derive(Debug)]
struct Section {
    /// How many are in each state.
    counts: [usize; STATES],
    vacant: Vec<usize>,
    /// The one that parked last at the end: it is woken first.
    parked: Vec<usize>,
}

impl Section {
    fn new(seats: Range<usize>) -> Self {
        let mut counts = [0; STATES];
        counts[Seat::Vacant as usize] = seats.len();
        Self {
            counts,
            vacant: seats.rev().collect(),
            parked: Vec::new(),
        }
    }

    fn count(&self, seat: Seat) -> usize {
        self.counts[seat as usize]
    }
}

/// All seats of a pool.
#[derive(Debug)]
pub(crate) struct Crew {
    seats: Vec<Seat>,
    /// Express seats begin here.
    express_from: usize,
    /// By kind.
    sections: [Section; 2],
    /// Stalled seats and since when, the longest first.
    stalled: Vec<(usize, Moment)>,
    started: u64,
    ended: u64,
}

impl Crew {
    /// So many seats of its own, then so many for lent places.
    pub(crate) fn new(own: usize, express: usize) -> Self {
        Self {
            seats: vec![Seat::Vacant; own + express],
            express_from: own,
            sections: [Section::new(0..own), Section::new(own..own + express)],
            stalled: Vec::new(),
            started: 0,
            ended: 0,
        }
    }

    pub(crate) fn seat(&self, seat: usize) -> Seat {
        self.seats[seat]
    }

    pub(crate) fn kind(&self, seat: usize) -> Kind {
        match seat < self.express_from {
            true => Kind::Own,
            false => Kind::Express,
        }
    }

    fn count_of(&self, kind: Kind, seat: Seat) -> usize {
        self.sections[kind as usize].count(seat)
    }

    fn section_of(&mut self, seat: usize) -> &mut Section {
        let kind = self.kind(seat);
        &mut self.sections[kind as usize]
    }

    pub(crate) fn starting(&self) -> usize {
        self.count_of(Kind::Own, Seat::Starting)
    }

    pub(crate) fn searching(&self) -> usize {
        self.count_of(Kind::Own, Seat::Searching)
    }

    pub(crate) fn parked(&self) -> usize {
        self.count_of(Kind::Own, Seat::Parked)
    }

    /// Threads with a job in time, or with what is left of one; those on lent places apart.
    pub(crate) fn busy(&self) -> usize {
        self.running() + self.count_of(Kind::Own, Seat::Clearing)
    }

    /// Those of them whose job has not ended. The others are free in no time, or nearly always.
    pub(crate) fn running(&self) -> usize {
        self.count_of(Kind::Own, Seat::Busy)
    }

    /// Threads that run a job on a lent place, or hand over its result.
    pub(crate) fn lent(&self) -> usize {
        self.count_of(Kind::Express, Seat::Busy) + self.count_of(Kind::Express, Seat::Clearing)
    }

    /// Threads on their way to a lent place.
    pub(crate) fn coming_to_lent(&self) -> usize {
        self.count_of(Kind::Express, Seat::Starting) + self.count_of(Kind::Express, Seat::Searching)
    }

    /// Threads that wait for a lent place.
    pub(crate) fn parked_for_lent(&self) -> usize {
        self.count_of(Kind::Express, Seat::Parked)
    }

    /// Those that are replaced; a lent place is not.
    pub(crate) fn overdue(&self) -> usize {
        self.count_of(Kind::Own, Seat::Overdue)
    }

    /// How many stalled threads are replaced; a lent place is not.
    pub(crate) fn stalled_own(&self) -> usize {
        self.count_of(Kind::Own, Seat::Stalled)
    }

    /// The seats in this state, of either kind.
    pub(crate) fn all(&self, seat: Seat) -> usize {
        self.sections.iter().map(|section| section.count(seat)).sum()
    }

    /// How many stalled seats there are, and since when each is so, the longest first.
    pub(crate) fn stalled(&self) -> &[(usize, Moment)] {
        &self.stalled
    }

    /// Threads that are there, or nearly, neither overdue nor stalled, and not for lent places.
    pub(crate) fn live(&self) -> usize {
        self.starting() + self.searching() + self.parked() + self.busy()
    }

    /// All threads.
    pub(crate) fn threads(&self) -> usize {
        self.seats.len() - self.all(Seat::Vacant)
    }

    /// Threads ever started, those that the system refused included.
    pub(crate) fn started(&self) -> u64 {
        self.started
    }

    /// How many of these have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.ended
    }

    /// Counts a thread that is to be started.
    pub(crate) fn hire(&mut self, kind: Kind) -> Option<usize> {
        let seat = self.sections[kind as usize].vacant.pop()?;
        self.set(seat, Seat::Starting);
        self.started += 1;
        Some(seat)
    }

    /// The thread of a seat ends, or could not be started.
    pub(crate) fn vacate(&mut self, seat: usize) {
        self.stalled.retain(|(stalled, _)| *stalled != seat);
        self.set(seat, Seat::Vacant);
        self.section_of(seat).vacant.push(seat);
        self.ended += 1;
    }

    pub(crate) fn park(&mut self, seat: usize) {
        self.set(seat, Seat::Parked);
        self.section_of(seat).parked.push(seat);
    }

    /// Sends the thread that parked last to search.
    pub(crate) fn wake(&mut self, kind: Kind) -> Option<usize> {
        let seat = self.sections[kind as usize].parked.pop()?;
        self.set(seat, Seat::Searching);
        Some(seat)
    }

    /// Sends every parked thread to search. True if there was one.
    pub(crate) fn wake_all(&mut self) -> bool {
        let had_parked = self.all(Seat::Parked) > 0;
        for kind in [Kind::Own, Kind::Express] {
            while self.wake(kind).is_some() {}
        }
        had_parked
    }

    /// A parked thread is awake though nobody woke it.
    pub(crate) fn rise(&mut self, seat: usize) {
        self.section_of(seat).parked.retain(|parked| *parked != seat);
        self.set(seat, Seat::Deciding);
    }

    /// The job of a busy seat waits for somebody outside.
    pub(crate) fn stall(&mut self, seat: usize, now: Moment) {
        self.set(seat, Seat::Stalled);
        self.stalled.push((seat, now));
    }

    /// The job of a stalled seat goes on. Gives since when it had waited.
    pub(crate) fn resume(&mut self, seat: usize) -> Option<Moment> {
        let place = self.stalled.iter().position(|(stalled, _)| *stalled == seat)?;
        self.set(seat, Seat::Busy);
        Some(self.stalled.remove(place).1)
    }

    /// Moves a seat to a state that has no list of its own.
    pub(crate) fn set(&mut self, seat: usize, to: Seat) {
        let from = std::mem::replace(&mut self.seats[seat], to);
        let counts = &mut self.section_of(seat).counts;
        counts[from as usize] -= 1;
        counts[to as usize] += 1;
    }

    /// Every seat is in one state, and nobody is left between two.
    pub(crate) fn check(&self) {
        for section in &self.sections {
            assert_eq!(section.count(Seat::Parked), section.parked.len());
            assert_eq!(section.count(Seat::Vacant), section.vacant.len());
        }
        assert_eq!(self.all(Seat::Deciding), 0, "a worker without a next step");
        assert_eq!(self.all(Seat::Stalled), self.stalled.len());
        assert_eq!(self.started - self.ended, self.threads() as u64);
    }

    #[cfg(all(test, not(gopool_loom)))]
    /// Of those of its own.
    pub(crate) fn count(&self, wanted: Seat) -> usize {
        let own = self.seats.iter().take(self.express_from);
        own.filter(|seat| **seat == wanted).count()
    }
}
