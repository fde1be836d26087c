//! The shape that all typed parameters share: a tuple struct with a public field that is also what it derefs to.

/// Lets `Wrapper<T>` be used as the `T` inside it.
macro_rules! derefs_to_its_value {
    ($wrapper:ident) => {
        impl<T> std::ops::Deref for $wrapper<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }

        impl<T> std::ops::DerefMut for $wrapper<T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.0
            }
        }
    };
}

pub(crate) use derefs_to_its_value;
