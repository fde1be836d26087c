//! Shared values: what start-up made once and every handler may use.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
    sync::Arc,
};

/// The values that `Master::ctx` was given, one for each type. A clone has the same ones.
#[derive(Default, Clone)]
pub struct Contexts(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Contexts {
    /// Keeps `value`; gives back whether there was none of its type before.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> bool {
        self.0.insert(TypeId::of::<T>(), Arc::new(value)).is_none()
    }

    /// Keeps a value that an application gives; a second one of its type replaces the first, and the log says so.
    pub(crate) fn share<T: Send + Sync + 'static>(&mut self, value: T) {
        if !self.insert(value) {
            tracing::warn!(
                type_name = type_name::<T>(),
                "a second shared value of one type replaces the first"
            );
        }
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    pub(crate) fn has(&self, key: &ContextKey) -> bool {
        self.0.contains_key(&(key.id)())
    }
}

impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contexts({} values)", self.0.len())
    }
}

/// The type of a shared value, as constant data: it can stand in a registry entry.
#[derive(Debug, Clone, Copy)]
pub struct ContextKey {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl ContextKey {
    /// The key of `T`.
    pub const fn of<T: 'static>() -> Self {
        Self {
            id: TypeId::of::<T>,
            name: type_name::<T>,
        }
    }

    /// The type's name, for people.
    pub fn name(&self) -> &'static str {
        (self.name)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_type_and_only_by_it() {
        let mut contexts = Contexts::default();
        assert!(contexts.insert(7_u32));
        assert!(!contexts.insert(8_u32), "a second value of one type is noticed");
        assert_eq!(contexts.get::<u32>().as_deref(), Some(&8));
        assert_eq!(contexts.get::<u64>(), None);
        assert!(contexts.has(&ContextKey::of::<u32>()));
        assert!(!contexts.has(&ContextKey::of::<String>()));
    }
}
