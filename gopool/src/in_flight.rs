//! The requests that an event loop serves now: to be listed, and to be cancelled by their ids.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Instant,
};

use slab::Slab;

use crate::{call::Origin, message::RequestId, route::Route};

/// So many places are looked at while the lock is held once: the event loop needs it for each request.
const BATCH: usize = 32;
/// The lowest bit of a request's number that tells its event loop; below it they are counted.
const LOOP_SHIFT: u32 = 48;

/// The requests of one event loop that lead to a route and are not answered yet, or whose answer flows.
#[derive(Debug)]
pub(crate) struct InFlight {
    event_loop: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    slab: Slab<Entry>,
    /// How many there were so far.
    begun: u64,
}

#[derive(Debug)]
struct Entry {
    request: ServedRequest,
    order: Order,
}

/// What an operator wants of a request.
#[derive(Debug)]
enum Order {
    /// Nothing; whom to wake should that change.
    None(Option<Waker>),
    Cancel,
}

/// A request that is served now.
#[derive(Debug, Clone)]
pub(crate) struct ServedRequest {
    pub(crate) origin: Origin,
    pub(crate) id: RequestId,
    pub(crate) route: &'static Route,
    pub(crate) arrived: Instant,
    pub(crate) phase: Phase,
}

/// How far the event loop is with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its body is arriving.
    Receiving,
    /// Its handler has it: on the event loop, or on the pool.
    Handling,
    /// Its answer flows to its client.
    Sending,
}

impl InFlight {
    pub(crate) fn on_loop(event_loop: usize) -> Self {
        Self {
            event_loop,
            entries: Mutex::default(),
        }
    }

    /// The event loop of the request of this number.
    pub(crate) fn event_loop(number: u64) -> u64 {
        number >> LOOP_SHIFT
    }

    /// A request has arrived: its place here until it leaves, and where it comes from. Its number is made here.
    pub(crate) fn enter(&self, request: ServedRequest) -> (usize, Origin) {
        let mut entries = self.lock();
        entries.begun += 1;
        let number = (self.event_loop as u64) << LOOP_SHIFT | entries.begun;
        let origin = Origin {
            number,
            ..request.origin
        };
        let place = entries.slab.insert(Entry {
            request: ServedRequest { origin, ..request },
            order: Order::None(None),
        });
        (place, origin)
    }

    /// The request of this place is over.
    pub(crate) fn leave(&self, place: usize) {
        let entry = self.lock().slab.try_remove(place);
        // Not under the lock: it holds a waker.
        drop(entry);
    }

    /// The request of this place has come so far.
    pub(crate) fn advance(&self, place: usize, phase: Phase) {
        if let Some(entry) = self.lock().slab.get_mut(place) {
            entry.request.phase = phase;
        }
    }

    /// Whether the request of this place was cancelled; if not, `waker` is woken when it is.
    pub(crate) fn is_cancelled(&self, place: usize, waker: &Waker) -> bool {
        let mut entries = self.lock();
        let Some(entry) = entries.slab.get_mut(place) else {
            return false;
        };
        let earlier = match &mut entry.order {
            Order::Cancel => return true,
            Order::None(Some(known)) if known.will_wake(waker) => return false,
            Order::None(known) => known.replace(waker.clone()),
        };
        drop(entries);
        drop(earlier);
        false
    }

    /// Cancels all requests of this id; gives their numbers.
    pub(crate) fn cancel(&self, id: &str) -> Vec<u64> {
        let mut cancelled = Vec::new();
        let mut wakers = Vec::new();
        self.for_each(|entry| {
            if entry.request.id.as_str() == id {
                cancelled.push(entry.request.origin.number);
                if let Order::None(waker) = std::mem::replace(&mut entry.order, Order::Cancel) {
                    wakers.extend(waker);
                }
            }
        });
        wakers.into_iter().for_each(Waker::wake);
        cancelled
    }

    /// All requests, in no particular order. Those that come or go meanwhile may be missing.
    pub(crate) fn read(&self, mut see: impl FnMut(&ServedRequest)) {
        self.for_each(|entry| see(&entry.request));
    }

    fn for_each(&self, mut see: impl FnMut(&mut Entry)) {
        let mut from = 0;
        loop {
            let mut entries = self.lock();
            let end = entries.slab.capacity();
            for place in from..end.min(from + BATCH) {
                entries.slab.get_mut(place).into_iter().for_each(&mut see);
            }
            from += BATCH;
            if from >= end {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Each change is one step, so what a panic left behind is sound.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Wake,
    };

    use super::*;

    fn request(id: &[u8]) -> ServedRequest {
        ServedRequest {
            origin: Origin {
                number: 0,
                peer: None,
                caller: None,
            },
            id: RequestId::from_client(id).unwrap_or_else(RequestId::random),
            route: Route::example("GET", "/a"),
            arrived: Instant::now(),
            phase: Phase::Handling,
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn ids(requests: &InFlight) -> Vec<String> {
        let mut ids = Vec::new();
        requests.read(|request| ids.push(request.id.to_string()));
        ids
    }

    #[test]
    fn requests_of_two_loops_never_have_the_same_number() {
        let loops = [InFlight::on_loop(0), InFlight::on_loop(1)];
        let numbers: Vec<_> = loops
            .iter()
            .flat_map(|one| {
                [
                    one.enter(request(b"a")).1.number,
                    one.enter(request(b"b")).1.number,
                ]
            })
            .collect();
        let mut distinct = numbers.clone();
        distinct.dedup();
        assert_eq!(distinct.len(), 4, "{numbers:?}");
        assert_eq!(
            numbers
                .iter()
                .map(|number| InFlight::event_loop(*number))
                .collect::<Vec<_>>(),
            [0, 0, 1, 1]
        );
    }

    #[test]
    fn whoever_has_left_is_not_there_whichever_place_he_had() {
        let requests = InFlight::on_loop(0);
        let places: Vec<_> = (0..100)
            .map(|n: u32| requests.enter(request(n.to_string().as_bytes())).0)
            .collect();
        for place in &places[..98] {
            requests.leave(*place);
        }
        assert_eq!(ids(&requests), ["98", "99"]);
    }

    #[test]
    fn a_cancelled_request_is_woken_and_sees_it_and_no_other_does() {
        let requests = InFlight::on_loop(0);
        let woken = [Arc::new(Woken::default()), Arc::new(Woken::default())];
        let wakers = woken.clone().map(Waker::from);
        let [one, other] = [b"one", b"two"].map(|id| requests.enter(request(id)));
        assert!(!requests.is_cancelled(one.0, &wakers[0]) && !requests.is_cancelled(other.0, &wakers[1]));
        assert_eq!(requests.cancel("one"), [one.1.number]);
        assert_eq!(
            woken.each_ref().map(|woken| woken.0.load(Ordering::Relaxed)),
            [1, 0]
        );
        assert!(requests.is_cancelled(one.0, &wakers[0]) && !requests.is_cancelled(other.0, &wakers[1]));
        assert_eq!(requests.cancel("three"), [0; 0]);
    }

    #[test]
    fn all_requests_of_one_id_are_cancelled() {
        let requests = InFlight::on_loop(0);
        let mut numbers: Vec<_> = (0..BATCH * 2 + 1)
            .map(|_| requests.enter(request(b"same")).1.number)
            .collect();
        let mut cancelled = requests.cancel("same");
        numbers.sort_unstable();
        cancelled.sort_unstable();
        assert_eq!(cancelled, numbers);
    }
}
