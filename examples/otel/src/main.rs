//! Traces of every request, sent to an OpenTelemetry collector, with the usual crates.
//!
//! ```sh
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_SERVICE_NAME=primes cargo run -p otel
//! curl -H 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' 127.0.0.1:6100/primes/1000000
//! ```

use std::process::ExitCode;

use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::HeaderMap,
    middleware::{Next, from_fn},
};
use gopool::{App, Cancelled, Ctx, Error, Master, Path};
use opentelemetry::{
    context::FutureExt as _,
    propagation::{Extractor, TextMapPropagator as _},
    trace::TracerProvider as _,
};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{Layer, Registry, filter::LevelFilter};

/// CPU work on the pool.
#[gopool::get("/primes/{limit}")]
fn primes(limit: Path<u64>) -> Result<u64, Cancelled> {
    count_primes(*limit)
}

/// The same as a part of an async handler.
#[gopool::get("/async-primes/{limit}")]
async fn async_primes(limit: Path<u64>) -> Result<u64, Error> {
    Ok(gopool::cpu(move || count_primes(*limit)).await??)
}

#[gopool::get("/broken")]
fn broken() -> Result<(), Error> {
    Err(Error::internal("the sieve has holes"))
}

/// Its span is a child of the request's, on whatever thread it runs.
#[tracing::instrument]
fn count_primes(limit: u64) -> Result<u64, Cancelled> {
    let mut primes = 0;
    for n in 2..=limit {
        gopool::checkpoint()?;
        let is_prime = (2..).take_while(|d| d * d <= n).all(|d| n % d != 0);
        primes += u64::from(is_prime);
    }
    Ok(primes)
}

/// Everything that tracing needs. The exporter reads the usual variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.
fn traces(master: &mut Master) -> Result<impl Layer<Registry> + Send + Sync + use<>, Error> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("otel"));
    master.wrap(|| from_fn(continue_trace)).ctx(provider);
    // Without a filter, the exporter's own requests would be traced too.
    Ok(layer.with_filter(LevelFilter::INFO))
}

/// What is current when the request's span begins becomes its parent: here, what the client's `traceparent` says.
async fn continue_trace(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let context = TraceContextPropagator::new().extract(&Headers(request.headers()));
    next.call(request).with_context(context).await
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// Spans wait a few seconds to be sent together; the last ones go now.
#[gopool::on_shutdown]
async fn send_the_rest(provider: Ctx<SdkTracerProvider>) -> Result<(), Error> {
    let provider = SdkTracerProvider::clone(&provider);
    tokio::task::spawn_blocking(move || provider.shutdown()).await??;
    Ok(())
}

fn main() -> ExitCode {
    App::new().layer(traces).start()
}
