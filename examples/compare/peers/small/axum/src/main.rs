//! axum, with CPU work in `spawn_blocking`.

mod harm;

use axum::{Json, Router, extract::Path, http::StatusCode, routing::get};
use service::Fib;
use tokio::{net::TcpListener, task::spawn_blocking};

async fn ok() -> &'static str {
    "ok"
}

async fn fib(Path(n): Path<u32>) -> Result<Json<Fib>, StatusCode> {
    let fib = spawn_blocking(move || service::fib(n)).await;
    fib.map(Json).map_err(|_panicked| StatusCode::INTERNAL_SERVER_ERROR)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/ok", get(ok))
        .route("/fib/{n}", get(fib))
        .merge(harm::routes());
    let listener = TcpListener::bind(("127.0.0.1", service::port())).await?;
    axum::serve(listener, app).await
}
