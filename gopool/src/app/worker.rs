//! The life of a process of isolated routes, and what its master tells it.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    task::Poll,
};

use serde::{Deserialize, Serialize};

use super::builder::App;
use crate::{
    config::{Config, LogFormat},
    context::Contexts,
    exec::{block_on_here, isolated},
    log,
    route::{LocalFuture, OnWorker, Registered, Registry, RunOnWorker},
    worker::Worker,
};
use gopool_isolated::Inside;

const PANICKED: &str = "it panicked; the message stands above";

/// What a process needs to know of the options. It reads no others: the files that they come from may have changed.
#[derive(Serialize, Deserialize)]
pub(super) struct Told {
    is_json: bool,
    log_level: Option<String>,
    log_file: Option<PathBuf>,
}

impl Told {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            is_json: config.log_format == LogFormat::Json,
            log_level: config.given_log_level().map(str::to_owned),
            log_file: config.log_file.clone(),
        }
    }

    fn log(&self) -> log::Settings<'_> {
        log::Settings {
            format: if self.is_json {
                LogFormat::Json
            } else {
                LogFormat::Text
            },
            level: self.log_level.as_deref(),
            file: self.log_file.as_deref(),
        }
    }
}

impl App {
    /// Prepares, then answers calls until the master has no more.
    pub(super) fn be_worker(&self, inside: Inside) -> ! {
        match self.prepare_worker(&inside) {
            Ok((registry, worker)) => {
                let missing = registry.missing_in_worker(&worker.contexts);
                let callee = isolated::inside::Callee::new(&registry.routes, worker.contexts);
                callee.serve(inside, registry.fingerprint(), missing)
            }
            Err(reason) => inside.fail(&reason),
        }
    }

    fn prepare_worker(&self, inside: &Inside) -> Result<(Registry, Worker), String> {
        let told =
            Told::deserialize(inside.told()).map_err(|error| format!("it was told nonsense: {error}"))?;
        log::start_here(told.log())?;
        let registry = Registry::load(Registered::gather(), &self.only_crates)
            .map_err(|refusals| refusals.join("; "))?;
        let mut worker = Worker {
            is_isolated: true,
            ..Worker::default()
        };
        run_on_worker(&registry, &mut worker)?;
        Ok((registry, worker))
    }
}

/// The application's own start-up of a process. A panic there is a refusal like any other, said once.
fn run_on_worker(registry: &Registry, worker: &mut Worker) -> Result<(), String> {
    let Some(hook) = registry.on_worker else {
        return Ok(());
    };
    let ran = catch_unwind(AssertUnwindSafe(|| match hook.run {
        // No other thread exists by now.
        RunOnWorker::Plain(run) => run(worker),
        // Where its handlers' own `block_on` is: what it has begun to run there goes on.
        RunOnWorker::Async(run) => block_on_here(run(worker))?,
    }));
    let reason = match ran {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => PANICKED.to_owned(),
    };
    Err(failed(&reason, hook))
}

/// The same in this process, where isolated routes run when there is no other.
pub(super) async fn run_on_worker_here(registry: &Registry) -> Result<Contexts, String> {
    let mut worker = Worker::default();
    let Some(hook) = registry.on_worker else {
        return Ok(worker.contexts);
    };
    let mut running = match hook.run {
        RunOnWorker::Plain(run) => {
            Box::pin(async move { run(&mut worker).map(|()| worker) }) as LocalFuture<'_, _>
        }
        RunOnWorker::Async(run) => Box::pin(async move { run(&mut worker).await.map(|()| worker) }),
    };
    let guarded = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
            Ok(poll) => poll.map_err(|error| error.to_string()),
            Err(_) => Poll::Ready(Err(PANICKED.to_owned())),
        },
    );
    let worker = guarded.await.map_err(|reason| failed(&reason, hook))?;
    Ok(worker.contexts)
}

fn failed(reason: &str, hook: &OnWorker) -> String {
    format!("`on_worker` failed: {reason}; it is {}", hook.site)
}
