//! Waiting for a future on a thread that has nothing else to do.

use crate::sync;
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

/// Wakes a thread that waits in [`block_on`].
struct Unpark(sync::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

sync::thread_local! {
    static UNPARK: Waker = Waker::from(Arc::new(Unpark(sync::current())));
}

/// Blocks this thread until `future` is ready.
pub(crate) fn block_on<O>(future: impl Future<Output = O>) -> O {
    let waker = UNPARK.with(Waker::clone);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => sync::park(),
        }
    }
}
