//! A slab: values in places that are used again, each found by a key that finds nothing once its value is gone.

use crate::keys::JobKey;
use std::num::NonZeroU32;

/// Values by key.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Place<T>>,
    /// The first place of the list of free ones.
    free: Option<u32>,
    len: usize,
}

#[derive(Debug)]
struct Place<T> {
    generation: NonZeroU32,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    Value(T),
    Free { next: Option<u32> },
}

impl<T> Slab<T> {
    pub(crate) fn new() -> Self {
        Self {
            places: Vec::new(),
            free: None,
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn insert(&mut self, value: T) -> JobKey {
        self.len += 1;
        let Some(index) = self.free else {
            let index = self.places.len() as u32;
            self.places.push(Place {
                generation: NonZeroU32::MIN,
                content: Content::Value(value),
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
        place.content = Content::Value(value);
        JobKey {
            index,
            generation: place.generation,
        }
    }

    pub(crate) fn get(&self, key: JobKey) -> Option<&T> {
        match self.places.get(key.index as usize) {
            Some(Place {
                generation,
                content: Content::Value(value),
            }) if *generation == key.generation => Some(value),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: JobKey) -> Option<&mut T> {
        match self.places.get_mut(key.index as usize) {
            Some(Place {
                generation,
                content: Content::Value(value),
            }) if *generation == key.generation => Some(value),
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, key: JobKey) -> Option<T> {
        self.get(key)?;
        let place = &mut self.places[key.index as usize];
        let content = std::mem::replace(&mut place.content, Content::Free { next: self.free });
        // After the last generation the place is given up: else a key of its first one would find what comes then.
        if let Some(next) = place.generation.checked_add(1) {
            place.generation = next;
            self.free = Some(key.index);
        }
        self.len -= 1;
        match content {
            Content::Value(value) => Some(value),
            Content::Free { .. } => None,
        }
    }

    /// How many places there are, empty ones included.
    pub(crate) fn place_count(&self) -> usize {
        self.places.len()
    }

    /// The values in `count` places from the `from`th on, with their keys.
    pub(crate) fn places(&self, from: usize, count: usize) -> impl Iterator<Item = (JobKey, &T)> {
        let places = self.places.iter().enumerate().skip(from).take(count);
        places.filter_map(|(index, place)| match &place.content {
            Content::Value(value) => {
                let (index, generation) = (index as u32, place.generation);
                Some((JobKey { index, generation }, value))
            }
            Content::Free { .. } => None,
        })
    }

    /// The keys of all values, in no particular order. Linear: for closing only.
    pub(crate) fn keys(&self) -> Vec<JobKey> {
        self.places(0, self.places.len()).map(|(key, _)| key).collect()
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_finds_the_next_value_of_its_place() {
        let mut slab = Slab::new();
        let first = slab.insert(1);
        assert_eq!(slab.remove(first), Some(1));
        let second = slab.insert(2);
        assert!(slab.get(first).is_none());
        assert!(slab.remove(first).is_none());
        assert_eq!(slab.get(second), Some(&2));
    }

    #[test]
    fn a_place_is_given_up_after_its_last_generation() {
        let mut slab = Slab::new();
        let first = slab.insert(1);
        slab.remove(first);
        slab.places[0].generation = NonZeroU32::MAX;
        let last = slab.insert(2);
        assert_eq!((last.index, slab.remove(last)), (0, Some(2)));
        let next = slab.insert(3);
        assert_eq!(next.index, 1);
        assert!(slab.get(first).is_none() && slab.get(last).is_none());
        assert_eq!((slab.get(next), slab.len()), (Some(&3), 1));
    }

    #[test]
    fn places_are_used_again() {
        let mut slab = Slab::new();
        let keys: Vec<_> = (0..4).map(|n| slab.insert(n)).collect();
        for key in keys {
            slab.remove(key);
        }
        assert_eq!(slab.len(), 0);
        for n in 0..4 {
            slab.insert(n);
        }
        assert_eq!((slab.places.len(), slab.len()), (4, 4));
        assert_eq!(slab.keys().len(), 4);
    }
}
