//! What may go wrong.

use axum::{Router, routing::get};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/hang", get(|| tokio_rayon::spawn(service::hang)))
        .route("/leak", get(|| tokio_rayon::spawn(service::leak)))
        .route("/large", get(|| tokio_rayon::spawn(service::large)))
}
