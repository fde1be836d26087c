//! axum, with CPU work on rayon.

mod harm;

use axum::{Json, Router, extract::Path, routing::get};
use service::Fib;
use tokio::net::TcpListener;

async fn ok() -> &'static str {
    "ok"
}

async fn fib(Path(n): Path<u32>) -> Json<Fib> {
    Json(tokio_rayon::spawn(move || service::fib(n)).await)
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
