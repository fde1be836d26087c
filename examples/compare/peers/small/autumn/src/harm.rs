//! What may go wrong.

use autumn_web::{AutumnError, AutumnResult, Route, prelude::*};
use tokio::task::spawn_blocking;

async fn blocking<T: Send + 'static>(work: fn() -> T) -> AutumnResult<T> {
    spawn_blocking(work).await.map_err(AutumnError::internal_server_error)
}

#[get("/hang")]
async fn hang() -> AutumnResult<&'static str> {
    blocking(service::hang).await
}

#[get("/leak")]
async fn leak() -> AutumnResult<&'static str> {
    blocking(service::leak).await
}

#[get("/large")]
async fn large() -> AutumnResult<String> {
    blocking(service::large).await
}

pub(crate) fn routes() -> Vec<Route> {
    routes![hang, leak, large]
}
