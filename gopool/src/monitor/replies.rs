//! The answers that take a while, or change something: all that the monitor's thread is asked.

use std::time::Instant;

use super::{
    Monitor,
    exposition::Format,
    families,
    questions::Question,
    reading::Workers,
    running::{self, MOST_LISTED},
};
use crate::{
    exec::{Isolated, TaskOrigin},
    message::Response,
};

impl Monitor {
    /// Answers one question.
    pub(super) fn reply(&self, question: &Question) -> Response {
        let response = no_store(Response::ok());
        match question {
            Question::Info => response
                .content_type("application/json")
                .text(self.snapshot(Instant::now()).to_json()),
            Question::Metrics(format) => self.metrics(*format, response),
            Question::Running => {
                let running = running::of(&self.meters, self.workers(), MOST_LISTED);
                response.content_type("application/json").text(running.to_json())
            }
            Question::Cancel(id) => self.cancel(id),
        }
    }

    fn metrics(&self, format: Format, response: Response) -> Response {
        let reading = self.reading(Instant::now());
        let families = families::of(&self.subject, &reading, self.health());
        response
            .content_type(format.media_type())
            .text(format.text(&families))
    }

    /// Cancels what waits or runs for the requests of this id.
    fn cancel(&self, id: &str) -> Response {
        let mut cancelled: Vec<u64> = self
            .meters
            .loops()
            .iter()
            .flat_map(|meter| meter.in_flight.cancel(id))
            .collect();
        let left = self.cancel_tasks(id, &mut cancelled);
        if !cancelled.is_empty() {
            let requests = cancelled.len();
            tracing::info!(target: "gopool::cancel", request_id = id, requests, "cancelled by an operator");
        }
        let (status, text) = match (cancelled.len(), left) {
            (0, 0) => (404, format!("no request `{id}` waits or runs\n")),
            (0, _) => (
                409,
                format!(
                    "`{id}` was told to stop already; its thread goes on until its handler asks, with `gopool::checkpoint`\n"
                ),
            ),
            (1, _) => (200, format!("`{id}` is cancelled\n")),
            (many, _) => (200, format!("{many} requests of the id `{id}` are cancelled\n")),
        };
        no_store(Response::status(status)).text(text)
    }

    /// Cancels the tasks of this id whose request is not in flight any more, such as those of a `detached` route whose client has
    /// left. Gives how many were told to stop before.
    fn cancel_tasks(&self, id: &str, cancelled: &mut Vec<u64>) -> usize {
        let Workers { pool, isolated } = self.workers();
        let mut told = 0;
        for pool in pool.into_iter().chain(isolated.map(Isolated::pool)) {
            for task in pool.tasks(usize::MAX).tasks {
                let Some(origin) = task.tag.as_ref().and_then(TaskOrigin::of) else {
                    continue;
                };
                let number = origin.origin.map_or(0, |origin| origin.number);
                if origin.request_id.as_str() != id {
                    continue;
                }
                if !cancelled.contains(&number) {
                    match !task.is_told_to_stop && pool.cancel(task.number) {
                        true => cancelled.push(number),
                        false => told += 1,
                    }
                }
                // A process is told so too, and last: its call may be over at once then.
                origin.interrupt.inspect(|interrupt| interrupt.ring());
            }
        }
        told
    }
}

/// What nobody may keep, nor take for anything else.
pub(super) fn no_store(response: Response) -> Response {
    response
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
}
