//! What is seen of each request: counted for the monitor, written to the log, and warned of when it is slow.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    rt::time::{Instant as TimerInstant, sleep_until},
};
use tracing::Span;

use crate::{
    error::Kind,
    message::RequestId,
    meter::{LagMeter, LoopMeter, Meters},
    route::Route,
};
use gopool_pool::TaskTimes;

/// What the options ask to see of requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// Where requests are counted.
    pub(crate) meters: Option<Arc<Meters>>,
    /// Whether each request is a line of the log.
    pub(crate) access: bool,
    /// Requests that take longer are warned of.
    pub(crate) slow: Option<Duration>,
}

/// One request, from its arrival to its answer, or until its client has left.
pub(super) struct Watched<'a> {
    watch: &'a Watch,
    pub(super) request: &'a HttpRequest,
    pub(super) id: &'a RequestId,
    /// Of the event loop that serves it.
    meter: Option<&'a LoopMeter>,
    pub(super) span: Span,
    /// `None` when nobody wants to know.
    arrived: Option<Instant>,
    route: Cell<Option<(usize, &'static Route)>>,
    times: Cell<Option<TaskTimes>>,
    is_answered: Cell<bool>,
}

/// Writes a line about a request: who, what, how long. A macro, because a line's level and target are constants.
macro_rules! log {
    ($watched:ident, $level:ident, $target:literal, $status:ident, $took:ident, $($rest:tt)+) => {{
        let times = $watched.times.get();
        // Not the query: it may hold what must not be in a log.
        tracing::$level!(
            target: $target,
            request_id = $watched.id.as_str(),
            method = $watched.request.method().as_str(),
            path = $watched.request.path(),
            route = $watched.route_name(),
            status = $status,
            seconds = $took.as_secs_f64(),
            wait_seconds = times.map(|times| times.wait.as_secs_f64()),
            run_seconds = times.map(|times| times.run.as_secs_f64()),
            $($rest)+
        );
    }};
}

impl Watch {
    /// A request has arrived at the event loop of this index.
    pub(super) fn begin<'a>(
        &'a self,
        event_loop: usize,
        request: &'a HttpRequest,
        id: &'a RequestId,
        span: Span,
    ) -> Watched<'a> {
        let is_wanted = self.meters.is_some() || self.access || self.slow.is_some();
        Watched {
            watch: self,
            request,
            id,
            meter: self.meters.as_ref().and_then(|meters| meters.of_loop(event_loop)),
            span,
            arrived: is_wanted.then(Instant::now),
            route: Cell::new(None),
            times: Cell::new(None),
            is_answered: Cell::new(false),
        }
    }

    /// Measures how late the event loop of this index runs what is due, for as long as it turns; does nothing unless the
    /// monitor is on.
    pub(super) async fn measure_lag(self, event_loop: usize) {
        let Some(meter) = self.meters.as_ref().and_then(|meters| meters.of_loop(event_loop)) else {
            return;
        };
        let mut due = TimerInstant::now();
        loop {
            due += LagMeter::PERIOD;
            meter.lag.expect(due.into_std());
            sleep_until(due).await;
            let now = TimerInstant::now();
            meter.lag.record(now.saturating_duration_since(due));
            // What was missed while the loop stood still is not made up for.
            due = due.max(now - LagMeter::PERIOD);
        }
    }
}

impl Watched<'_> {
    /// It leads to this route, the `index`th of the table, or to none.
    pub(super) fn routed(&self, route: Option<(usize, &'static Route)>) {
        self.route.set(route);
        if let Some(meter) = self.meter {
            meter.route(route.map(|(index, _)| index)).begin();
        }
        if let Some((_, route)) = route {
            self.span.record("route", route.template.as_str());
            self.span.record("otel.name", tracing::field::display(route));
        }
    }

    /// Its handler has waited and run on the pool for so long.
    pub(super) fn ran(&self, times: Option<TaskTimes>) {
        self.times.set(times);
        // Without a subscriber nobody reads them, and a division costs more than all else here.
        if let Some(times) = times.filter(|_| !self.span.is_disabled()) {
            self.span.record("wait_seconds", times.wait.as_secs_f64());
            self.span.record("run_seconds", times.run.as_secs_f64());
        }
    }

    /// It has an answer.
    pub(super) fn answered(&self, status: u16, failure: Option<Kind>) {
        self.is_answered.set(true);
        // Signed, because tracing-opentelemetry writes unsigned numbers as text.
        self.span.record("status", i64::from(status));
        if status >= 500 {
            self.span.record("otel.status_code", "ERROR");
        }
        let Some(took) = self.arrived.map(|arrived| arrived.elapsed()) else {
            return;
        };
        if let Some(meter) = self.route_meter() {
            meter.answer(status, failure, took);
        }
        if self.watch.access {
            self.log_access(Some(status), took);
        }
        if self.watch.slow.is_some_and(|slow| took > slow) {
            self.warn_of_slowness(status, took);
        }
    }

    fn route_meter(&self) -> Option<&crate::meter::RouteMeter> {
        Some(self.meter?.route(self.route.get().map(|(index, _)| index)))
    }

    fn route_name(&self) -> &'static str {
        self.route
            .get()
            .map_or("unmatched", |(_, route)| route.template.as_str())
    }

    fn log_access(&self, status: Option<u16>, took: Duration) {
        let peer = self.request.peer_addr().map(tracing::field::display);
        let what = if status.is_some() {
            "answered"
        } else {
            "client left"
        };
        log!(self, info, "gopool::access", status, took, peer, "{what}");
    }

    fn warn_of_slowness(&self, status: u16, took: Duration) {
        log!(self, warn, "gopool::slow", status, took, "slow request");
    }
}

impl Drop for Watched<'_> {
    /// Without an answer, its client has left.
    fn drop(&mut self) {
        if self.is_answered.get() {
            return;
        }
        if let Some(meter) = self.route_meter() {
            meter.abandon();
        }
        if let Some(arrived) = self.arrived.filter(|_| self.watch.access) {
            self.log_access(None, arrived.elapsed());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{collections::BTreeMap, fmt, sync::Mutex};

    use actix_web::test::TestRequest;
    use tracing::{
        Subscriber,
        field::{Field, Visit},
        span,
    };
    use tracing_subscriber::{
        Layer,
        layer::{Context, SubscriberExt as _},
    };

    use super::*;
    use crate::server::service;

    /// Keeps the fields of every span.
    #[derive(Clone, Default)]
    struct Fields(Arc<Mutex<BTreeMap<String, String>>>);

    impl<S: Subscriber> Layer<S> for Fields {
        fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
            attributes.record(&mut self.clone());
        }

        fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
            values.record(&mut self.clone());
        }
    }

    impl Visit for Fields {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let text = format!("{value:?}").trim_matches('"').to_owned();
            self.0.lock().unwrap().insert(field.name().to_owned(), text);
        }
    }

    fn watch() -> Watch {
        Watch {
            meters: Some(Arc::new(Meters::new(1, 1))),
            ..Watch::default()
        }
    }

    #[test]
    fn the_span_ends_up_with_everything_that_is_known_of_the_request() {
        let fields = Fields::default();
        let subscriber = tracing_subscriber::registry().with(fields.clone());
        tracing::subscriber::with_default(subscriber, || {
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            let request = TestRequest::get()
                .uri("/a/7")
                .insert_header(("traceparent", parent))
                .to_http_request();
            let trace = crate::server::intake::trace_parent(&request);
            let id = crate::server::intake::request_id(&request, trace);
            let watch = watch();
            let watched = watch.begin(0, &request, &id, service::span(&request, &id, trace));
            watched.routed(Some((0, Route::example("GET", "/a/{id}"))));
            watched.ran(Some(TaskTimes {
                wait: Duration::from_millis(250),
                run: Duration::from_millis(500),
            }));
            watched.answered(201, None);
        });
        let fields = fields.0.lock().unwrap();
        for (name, value) in [
            ("method", "GET"),
            ("path", "/a/7"),
            ("route", "/a/{id}"),
            ("status", "201"),
            ("request_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("parent_id", "00f067aa0ba902b7"),
            ("wait_seconds", "0.25"),
            ("run_seconds", "0.5"),
            ("otel.kind", "server"),
            ("otel.name", "GET /a/{id}"),
        ] {
            assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
        }
    }

    #[test]
    fn a_request_that_is_dropped_counts_as_abandoned_and_an_answered_one_does_not() {
        let (watch, id) = (watch(), RequestId::random());
        let request = TestRequest::get().to_http_request();
        for is_answered in [true, false] {
            let watched = watch.begin(0, &request, &id, Span::none());
            watched.routed(Some((0, Route::example("GET", "/a/{id}"))));
            if is_answered {
                watched.answered(503, Some(Kind::QueueFull));
            }
        }
        let requests = watch.meters.unwrap().requests(Some(0)).unwrap();
        assert_eq!(
            (requests.answers(), requests.abandoned, requests.in_flight),
            (1, 1, 0)
        );
    }

    #[test]
    fn what_nobody_wants_to_know_costs_no_look_at_the_clock() {
        let (watch, id) = (Watch::default(), RequestId::random());
        let request = TestRequest::get().to_http_request();
        assert_eq!(watch.begin(0, &request, &id, Span::none()).arrived, None);
    }
}
