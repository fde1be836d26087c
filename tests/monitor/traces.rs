//! Spans on their way to a collector of OpenTelemetry, from the program of `examples/otel`.

use gopool_tests::{Launch, program};
use serde_json::{Value, json};

use crate::collector::Collector;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// What the protocol calls a span that serves a request, and a failure.
const KIND_SERVER: u64 = 2;
const STATUS_ERROR: u64 = 2;

/// The example, which sends its spans to `collector` so many milliseconds after their end.
fn otel(collector: &Collector, delay: &str) -> Launch {
    program("otel")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("OTEL_BSP_SCHEDULE_DELAY", delay)
}

fn traceparent(is_sampled: bool) -> String {
    format!("00-{TRACE}-{PARENT}-0{}", u8::from(is_sampled))
}

fn attribute<'a>(span: &'a Value, name: &str) -> &'a Value {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == name);
    &found.unwrap_or_else(|| panic!("no `{name}` in {span}"))["value"]
}

#[test]
fn a_request_continues_its_clients_trace_and_has_the_work_on_the_pool_as_a_child() {
    for (path, name) in [
        ("/primes/1000", "GET /primes/{limit}"),
        ("/async-primes/1000", "GET /async-primes/{limit}"),
    ] {
        let collector = Collector::start();
        let server = otel(&collector, "20").start();
        let answer = server.send("GET", path, &[("traceparent", &traceparent(true))]);
        assert_eq!((answer.status, answer.text()), (200, "168"));

        let request = collector.span(name);
        assert_eq!(request["traceId"], TRACE, "{request}");
        assert_eq!(request["parentSpanId"], PARENT, "{request}");
        assert_eq!(request["kind"], KIND_SERVER, "{request}");
        assert_ne!(request["status"]["code"], STATUS_ERROR, "{request}");
        assert_eq!(*attribute(&request, "status"), json!({ "intValue": "200" }));

        let inner = collector.span("count_primes");
        assert_eq!(inner["traceId"], TRACE, "{inner}");
        assert_eq!(inner["parentSpanId"], request["spanId"], "{inner}");
        let thread = attribute(&inner, "thread.name")["stringValue"].as_str();
        assert!(
            thread.is_some_and(|name| name.starts_with("gopool-")),
            "it ran on {thread:?}"
        );
    }
}

#[test]
fn a_request_without_a_client_trace_begins_one() {
    let collector = Collector::start();
    let server = otel(&collector, "20").start();
    server.get("/primes/10");
    let request = collector.span("GET /primes/{limit}");
    assert_eq!(request["parentSpanId"], "", "{request}");
    assert_eq!(collector.span("count_primes")["parentSpanId"], request["spanId"]);
}

#[test]
fn a_failure_of_the_server_is_an_error_in_its_trace_and_one_of_the_client_is_none() {
    let collector = Collector::start();
    let server = otel(&collector, "20").start();
    assert_eq!(server.get("/broken").status, 500);
    assert_eq!(server.get("/primes/many").status, 400);
    assert_eq!(collector.span("GET /broken")["status"]["code"], STATUS_ERROR);
    let request = collector.span("GET /primes/{limit}");
    assert_ne!(request["status"]["code"], STATUS_ERROR, "{request}");
}

#[test]
fn spans_that_end_right_before_the_program_arrive_and_what_the_client_does_not_sample_never() {
    let collector = Collector::start();
    // So late that only the end of the program can send them.
    let server = otel(&collector, "3600000").start_with_daemon();
    server.send("GET", "/broken", &[("traceparent", &traceparent(false))]);
    server.send("GET", "/primes/10", &[("traceparent", &traceparent(true))]);
    assert_eq!(collector.names(), [""; 0]);
    assert_eq!(server.stop().code, Some(0));
    assert_eq!(collector.names(), ["GET /primes/{limit}", "count_primes"]);
}

#[test]
fn a_collector_that_is_not_there_is_a_line_of_the_log_and_costs_no_request_and_no_shutdown() {
    let nobody = crate::watched::free_address();
    let server = program("otel")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{nobody}"))
        .env("OTEL_BSP_SCHEDULE_DELAY", "20")
        .start();
    assert_eq!(server.get("/primes/10").text(), "4");
    server.log().line("BatchSpanProcessor.ExportError");
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_layer_that_cannot_be_made_refuses_the_launch() {
    for command in ["serve --port 0", "serve --no-daemon --port 0", "check"] {
        let ended = program("otel")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "no address")
            .args(command)
            .run();
        assert_eq!(ended.code, Some(1), "{command}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("what `App::layer` was given failed"),
            "{command}: {}",
            ended.stderr
        );
    }
}

#[test]
fn a_layer_beside_a_subscriber_of_the_application_refuses_the_launch() {
    let ended = program("fixture-linked")
        .env("FIXTURE_LOG", "own")
        .env("FIXTURE_LAYER", "any")
        .args("--no-daemon --port 0")
        .run();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let reason = "a tracing subscriber was installed before the start";
    assert!(ended.stderr.contains(reason), "{}", ended.stderr);
}
