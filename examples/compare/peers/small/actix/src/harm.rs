//! What may go wrong.

use actix_web::{
    Result,
    web::{self, ServiceConfig},
};

async fn hang() -> Result<&'static str> {
    Ok(web::block(service::hang).await?)
}

async fn leak() -> Result<&'static str> {
    Ok(web::block(service::leak).await?)
}

async fn large() -> Result<String> {
    Ok(web::block(service::large).await?)
}

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/hang", web::get().to(hang))
        .route("/leak", web::get().to(leak))
        .route("/large", web::get().to(large));
}
