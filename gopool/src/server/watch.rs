//! What is seen of each request: counted for the monitor, written to the log, and warned of when it is slow.

use std::{
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::Context,
    time::{Duration, Instant},
};

use actix_web::rt::time::{Instant as TimerInstant, sleep_until};
use tracing::{Span, field::Empty};

use crate::{
    call::{Caller, Origin},
    error::Kind,
    in_flight::{Phase, ServedRequest},
    message::{RequestId, TraceParent},
    meter::{Cut, LagMeter, LoopMeter, Meters, RouteMeter},
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

/// The same, for the requests of one event loop.
#[derive(Debug)]
pub(super) struct LoopWatch {
    watch: Watch,
    event_loop: usize,
}

/// One request, from its arrival to its answer, or until its client has left. It may live as long as the body of the answer.
#[derive(Debug)]
pub(super) struct Watched {
    by: Rc<LoopWatch>,
    pub(super) span: Span,
    /// `None` when nobody wants to know.
    arrived: Option<Instant>,
    /// `None` when there will be no line of the log.
    asked: Option<Box<Asked>>,
    /// Its place in the table, and itself.
    route: Option<(usize, &'static Route)>,
    times: Option<TaskTimes>,
    /// The status and the time to the first byte of an answer that flows.
    begun: Option<(u16, Duration)>,
    /// Its place among those that are in flight; `None` when nobody watches, or it leads to none of our routes.
    ticket: Option<Ticket>,
    is_routed: bool,
    is_answered: bool,
    is_overlooked: bool,
}

/// A request among those that are in flight.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    by: Rc<LoopWatch>,
    place: usize,
    /// The place of its route in the table.
    route: usize,
    pub(super) origin: Origin,
}

/// What a line of the log says of a request, whatever becomes of it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: RequestId,
    pub(super) method: String,
    /// Without the query, which may hold what must not be in a log.
    pub(super) path: String,
    pub(super) peer: Option<SocketAddr>,
}

/// Writes a line about a request: who, what, how long. A macro, because a line's level and target are constants.
macro_rules! log {
    ($watched:ident, $level:ident, $target:literal, $status:ident, $took:ident, $($rest:tt)+) => {
        if let Some(asked) = &$watched.asked {
            let times = $watched.times;
            tracing::$level!(
                target: $target,
                request_id = asked.id.as_str(),
                method = asked.method,
                path = asked.path,
                route = $watched.route_name(),
                status = $status,
                seconds = $took.as_secs_f64(),
                wait_seconds = times.map(|times| times.wait.as_secs_f64()),
                run_seconds = times.map(|times| times.run.as_secs_f64()),
                peer = asked.peer.map(tracing::field::display),
                $($rest)+
            );
        }
    };
}

/// The request's span; what is not known yet is recorded later.
pub(super) fn span(method: &str, path: &str, id: &RequestId, trace: Option<&TraceParent>) -> Span {
    tracing::info_span!(
        target: "gopool::request",
        "request",
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        method,
        route = Empty,
        path,
        status = Empty,
        request_id = id.as_str(),
        trace_id = trace.map(TraceParent::trace_id),
        parent_id = trace.map(TraceParent::parent_id),
        wait_seconds = Empty,
        run_seconds = Empty,
    )
}

impl Watch {
    /// For the event loop of this index.
    pub(super) fn on_loop(&self, event_loop: usize) -> Rc<LoopWatch> {
        Rc::new(LoopWatch {
            watch: self.clone(),
            event_loop,
        })
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

impl LoopWatch {
    /// A request has arrived. What was asked is only wanted for lines of the log.
    pub(super) fn begin(self: &Rc<Self>, span: Span, asked: impl FnOnce() -> Asked) -> Watched {
        let Watch { meters, access, slow } = &self.watch;
        let has_lines = *access || slow.is_some();
        Watched {
            by: self.clone(),
            span,
            arrived: (has_lines || meters.is_some()).then(Instant::now),
            asked: has_lines.then(|| Box::new(asked())),
            route: None,
            times: None,
            begun: None,
            ticket: None,
            is_routed: false,
            is_answered: false,
            is_overlooked: false,
        }
    }

    /// A connection was cut off.
    pub(super) fn cut(&self, why: Cut) {
        if let Some(meter) = self.meter() {
            meter.connections.cut(why);
        }
    }

    fn meter(&self) -> Option<&LoopMeter> {
        self.watch.meters.as_ref()?.of_loop(self.event_loop)
    }
}

impl Watched {
    /// It leads to this route, the `index`th of the table, or to none.
    pub(super) fn routed(&mut self, route: Option<(usize, &'static Route)>) {
        self.route = route;
        self.is_routed = true;
        if let Some(meter) = self.route_meter() {
            meter.begin();
        }
        if let Some((_, route)) = route {
            self.span.record("route", route.template.as_str());
            self.span.record("otel.name", tracing::field::display(route));
        }
    }

    /// It is in flight: listed, and to be cancelled, from now on.
    pub(super) fn take_off(&mut self, id: &RequestId, peer: Option<SocketAddr>, caller: Option<Caller>) {
        let (Some((index, route)), Some(arrived), Some(meter)) = (self.route, self.arrived, self.by.meter())
        else {
            return;
        };
        let (place, origin) = meter.in_flight.enter(ServedRequest {
            origin: Origin {
                number: 0,
                peer,
                caller,
            },
            id: id.clone(),
            route,
            arrived,
            phase: Phase::Handling,
        });
        self.ticket = Some(Ticket {
            by: self.by.clone(),
            place,
            route: index,
            origin,
        });
    }

    /// What stands for it among those that are in flight.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.ticket.clone()
    }

    /// Its handler has waited and run on the pool for so long.
    pub(super) fn ran(&mut self, times: Option<TaskTimes>) {
        self.times = times;
        // Without a subscriber nobody reads them, and a division costs more than all else here.
        if let Some(times) = times.filter(|_| !self.span.is_disabled()) {
            self.span.record("wait_seconds", times.wait.as_secs_f64());
            self.span.record("run_seconds", times.run.as_secs_f64());
        }
    }

    /// It is one that is not to be seen.
    pub(super) fn overlook(&mut self) {
        self.is_overlooked = true;
    }

    /// It has an answer; of one that flows, this is the beginning.
    pub(super) fn answered(&mut self, status: u16, failure: Option<Kind>, flows: bool) {
        self.is_answered = true;
        if self.is_overlooked {
            return;
        }
        self.count_unrouted();
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
        if flows {
            self.begun = Some((status, took));
            return;
        }
        if self.by.watch.access {
            self.log_access(Some(status), took);
        }
        if self.by.watch.slow.is_some_and(|slow| took > slow) {
            log!(self, warn, "gopool::slow", status, took, "slow request");
        }
    }

    /// Its answer, which flowed, has ended like this.
    pub(super) fn flowed(&mut self, bytes: u64, end: &'static str) {
        let (Some((status, first)), Some(arrived)) = (self.begun.take(), self.arrived) else {
            return;
        };
        if self.by.watch.access {
            let took = arrived.elapsed();
            let status = Some(status);
            let first_byte_seconds = first.as_secs_f64();
            log!(
                self,
                info,
                "gopool::access",
                status,
                took,
                first_byte_seconds,
                bytes,
                end,
                "answered"
            );
        }
    }

    /// Counts it with those that lead to none of our routes, unless it has come to them.
    fn count_unrouted(&mut self) {
        if !self.is_routed {
            self.routed(None);
        }
    }

    fn route_meter(&self) -> Option<&RouteMeter> {
        Some(self.by.meter()?.route(self.route.map(|(index, _)| index)))
    }

    fn route_name(&self) -> &'static str {
        self.route
            .map_or("unmatched", |(_, route)| route.template.as_str())
    }

    fn log_access(&self, status: Option<u16>, took: Duration) {
        let what = if status.is_some() {
            "answered"
        } else {
            "client left"
        };
        log!(self, info, "gopool::access", status, took, "{what}");
    }
}

impl Drop for Watched {
    /// Without an answer, its client has left.
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            ticket.land();
        }
        if self.is_answered || self.is_overlooked {
            return;
        }
        self.count_unrouted();
        if let Some(meter) = self.route_meter() {
            meter.abandon();
        }
        if let Some(arrived) = self.arrived.filter(|_| self.by.watch.access) {
            self.log_access(None, arrived.elapsed());
        }
    }
}

impl Ticket {
    /// Whether an operator has cancelled the request; if not, the task at hand is woken when one does.
    pub(super) fn is_cancelled(&self, context: &Context<'_>) -> bool {
        let meter = self.by.meter();
        meter.is_some_and(|meter| meter.in_flight.is_cancelled(self.place, context.waker()))
    }

    /// Its body is arriving, from now on.
    pub(super) fn receive(&self) -> Instant {
        self.advance(Phase::Receiving);
        Instant::now()
    }

    /// All of its body has arrived, after this time.
    pub(super) fn received(&self, time: Duration) {
        self.advance(Phase::Handling);
        if let Some(meter) = self.by.meter() {
            meter.route(Some(self.route)).receive(time);
        }
    }

    /// Its answer has begun, and the rest of it is made while it is sent.
    pub(super) fn send(&self) {
        self.advance(Phase::Sending);
    }

    fn advance(&self, phase: Phase) {
        if let Some(meter) = self.by.meter() {
            meter.in_flight.advance(self.place, phase);
        }
    }

    fn land(self) {
        if let Some(meter) = self.by.meter() {
            meter.in_flight.leave(self.place);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{collections::BTreeMap, fmt, sync::Mutex};

    use tracing::{
        Subscriber,
        field::{Field, Visit},
        span,
    };
    use tracing_subscriber::{
        Layer,
        layer::{self, SubscriberExt as _},
    };

    use super::*;

    /// Keeps the fields of every span.
    #[derive(Clone, Default)]
    struct Fields(Arc<Mutex<BTreeMap<String, String>>>);

    impl<S: Subscriber> Layer<S> for Fields {
        fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: layer::Context<'_, S>) {
            attributes.record(&mut self.clone());
        }

        fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: layer::Context<'_, S>) {
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

    fn asked() -> Asked {
        Asked {
            id: RequestId::random(),
            method: "GET".into(),
            path: "/a/7".into(),
            peer: None,
        }
    }

    #[test]
    fn the_span_ends_up_with_everything_that_is_known_of_the_request() {
        let fields = Fields::default();
        let subscriber = tracing_subscriber::registry().with(fields.clone());
        tracing::subscriber::with_default(subscriber, || {
            let trace =
                TraceParent::read(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
            let id = RequestId::from_client(b"r1").unwrap();
            let span = span("GET", "/a/7", &id, Some(&trace));
            let mut watched = watch().on_loop(0).begin(span, asked);
            watched.routed(Some((0, Route::example("GET", "/a/{id}"))));
            watched.ran(Some(TaskTimes {
                wait: Duration::from_millis(250),
                run: Duration::from_millis(500),
            }));
            watched.answered(201, None, false);
        });
        let fields = fields.0.lock().unwrap();
        for (name, value) in [
            ("method", "GET"),
            ("path", "/a/7"),
            ("route", "/a/{id}"),
            ("status", "201"),
            ("request_id", "r1"),
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
        let watch = watch();
        for is_answered in [true, false] {
            let mut watched = watch.on_loop(0).begin(Span::none(), asked);
            watched.routed(Some((0, Route::example("GET", "/a/{id}"))));
            if is_answered {
                watched.answered(503, Some(Kind::QueueFull), false);
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
        let on_loop = Watch::default().on_loop(0);
        let watched = on_loop.begin(Span::none(), || unreachable!("there will be no line"));
        assert_eq!(watched.arrived, None);
    }
}
