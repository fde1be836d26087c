//! The threads as the rules see them: seats, what the thread of each does, and how many do so.

use crate::time::Moment;

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

/// All seats of a pool.
#[derive(Debug)]
pub(crate) struct Crew {
    seats: Vec<Seat>,
    /// How many seats are in each state.
    counts: [usize; STATES],
    vacant: Vec<usize>,
    /// Parked seats, the one that parked last at the end: it is woken first.
    parked: Vec<usize>,
    /// Stalled seats and since when, the longest first.
    stalled: Vec<(usize, Moment)>,
    started: u64,
    ended: u64,
}

impl Crew {
    pub(crate) fn new(seats: usize) -> Self {
        let mut counts = [0; STATES];
        counts[Seat::Vacant as usize] = seats;
        Self {
            seats: vec![Seat::Vacant; seats],
            counts,
            vacant: (0..seats).rev().collect(),
            parked: Vec::new(),
            stalled: Vec::new(),
            started: 0,
            ended: 0,
        }
    }

    pub(crate) fn seat(&self, seat: usize) -> Seat {
        self.seats[seat]
    }

    pub(crate) fn starting(&self) -> usize {
        self.counts[Seat::Starting as usize]
    }

    pub(crate) fn searching(&self) -> usize {
        self.counts[Seat::Searching as usize]
    }

    pub(crate) fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Threads with a job in time, or with what is left of one.
    pub(crate) fn busy(&self) -> usize {
        self.counts[Seat::Busy as usize] + self.clearing()
    }

    /// Those of them whose job has not ended. The others are free in no time, or nearly always.
    pub(crate) fn running(&self) -> usize {
        self.counts[Seat::Busy as usize]
    }

    fn clearing(&self) -> usize {
        self.counts[Seat::Clearing as usize]
    }

    pub(crate) fn overdue(&self) -> usize {
        self.counts[Seat::Overdue as usize]
    }

    /// How many stalled seats there are, and since when each is so, the longest first.
    pub(crate) fn stalled(&self) -> &[(usize, Moment)] {
        &self.stalled
    }

    /// Threads that are there, or nearly, and neither overdue nor stalled.
    pub(crate) fn live(&self) -> usize {
        self.starting() + self.searching() + self.parked() + self.busy()
    }

    /// All threads.
    pub(crate) fn threads(&self) -> usize {
        self.live() + self.overdue() + self.stalled.len()
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
    pub(crate) fn hire(&mut self) -> Option<usize> {
        let seat = self.vacant.pop()?;
        self.set(seat, Seat::Starting);
        self.started += 1;
        Some(seat)
    }

    /// The thread of a seat ends, or could not be started.
    pub(crate) fn vacate(&mut self, seat: usize) {
        self.stalled.retain(|(stalled, _)| *stalled != seat);
        self.set(seat, Seat::Vacant);
        self.vacant.push(seat);
        self.ended += 1;
    }

    pub(crate) fn park(&mut self, seat: usize) {
        self.set(seat, Seat::Parked);
        self.parked.push(seat);
    }

    /// Sends the thread that parked last to search.
    pub(crate) fn wake(&mut self) -> Option<usize> {
        let seat = self.parked.pop()?;
        self.set(seat, Seat::Searching);
        Some(seat)
    }

    /// Sends every parked thread to search. True if there was one.
    pub(crate) fn wake_all(&mut self) -> bool {
        let had_parked = !self.parked.is_empty();
        while self.wake().is_some() {}
        had_parked
    }

    /// A parked thread is awake though nobody woke it.
    pub(crate) fn rise(&mut self, seat: usize) {
        self.parked.retain(|parked| *parked != seat);
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
        self.counts[from as usize] -= 1;
        self.counts[to as usize] += 1;
    }

    /// Every seat is in one state, and nobody is left between two.
    pub(crate) fn check(&self) {
        let count = |seat: Seat| self.counts[seat as usize];
        assert_eq!(self.counts.iter().sum::<usize>(), self.seats.len());
        assert_eq!(count(Seat::Deciding), 0, "a worker without a next step");
        assert_eq!(count(Seat::Parked), self.parked.len());
        assert_eq!(count(Seat::Stalled), self.stalled.len());
        assert_eq!(count(Seat::Vacant), self.vacant.len());
        assert_eq!(self.started - self.ended, self.threads() as u64);
    }

    #[cfg(all(test, not(gopool_loom)))]
    pub(crate) fn count(&self, wanted: Seat) -> usize {
        self.seats.iter().filter(|seat| **seat == wanted).count()
    }
}
