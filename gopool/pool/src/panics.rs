//! Panics of other people's code: what they say, and how a thread survives them.

use std::{any::Any, panic::AssertUnwindSafe};

/// The text of a caught panic, or that there is none. Drops the payload, which may panic in turn without harm.
pub fn text(payload: Box<dyn Any + Send>) -> String {
    let text = match payload.downcast_ref::<&str>() {
        Some(text) => (*text).to_owned(),
        None => match payload.downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => "the panic carried no text".to_owned(),
        },
    };
    shielded(|| drop(payload));
    text
}

/// Calls or drops what belongs to a user, on a thread that must survive it.
pub(crate) fn shielded(user_code: impl FnOnce()) {
    if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(user_code)) {
        // The payload of the panic may panic in turn when dropped.
        std::mem::forget(panic);
    }
}
