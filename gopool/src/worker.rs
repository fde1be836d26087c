//! What a process of isolated routes prepares before it takes the first request.

use crate::context::Contexts;

/// What a process of isolated routes prepares: the argument of an application's `on_worker` function.
///
/// Each such process prepares for itself; nothing of what `on_master` has made is there. So it shares values with the isolated handlers
/// that it runs, and with nobody else: of a pool of database connections each process has its own.
///
/// ```
/// use gopool::{Bytes, Ctx, Error, Worker};
///
/// struct Fonts(Vec<u8>);
///
/// #[gopool::on_worker]
/// fn prepare(worker: &mut Worker) -> Result<(), Error> {
///     worker.ctx(Fonts(vec![1, 2, 3]));
///     Ok(())
/// }
///
/// #[gopool::post("/v1/thumbs", run = "isolated", timeout = "5s")]
/// fn thumb(image: Bytes, fonts: Ctx<Fonts>) -> String {
///     format!("{} bytes, {} fonts", image.len(), fonts.0.len())
/// }
/// ```
#[derive(Debug, Default)]
pub struct Worker {
    pub(crate) contexts: Contexts,
    pub(crate) is_isolated: bool,
}

impl Worker {
    /// Shares `value` with every isolated handler of this process that takes a `Ctx<T>` of its type. A second value of one type
    /// replaces the first, and the log says so.
    pub fn ctx<T: Send + Sync + 'static>(&mut self, value: T) -> &mut Self {
        self.contexts.share(value);
        self
    }

    /// Whether this is a process of its own: false in tests, with `--single` and with `--max-processes 0`, where the master runs isolated
    /// handlers. Whatever a process gives up for itself, as docs/isolated.md shows, must not be given up there.
    pub fn is_isolated(&self) -> bool {
        self.is_isolated
    }
}
