//! What may go wrong.

use axum::{Router, http::StatusCode, routing::get};
use tokio::task::spawn_blocking;

type Answer<T> = Result<T, StatusCode>;

async fn blocking<T: Send + 'static>(work: fn() -> T) -> Answer<T> {
    let done = spawn_blocking(work).await;
    done.map_err(|_panicked| StatusCode::INTERNAL_SERVER_ERROR)
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/hang", get(|| blocking(service::hang)))
        .route("/leak", get(|| blocking(service::leak)))
        .route("/large", get(|| blocking(service::large)))
}
