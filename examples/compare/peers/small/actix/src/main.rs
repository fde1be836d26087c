//! actix-web, with CPU work in `web::block`.

mod harm;

use actix_web::{
    App, HttpServer, Result,
    web::{self, Json, Path},
};
use service::Fib;

async fn ok() -> &'static str {
    "ok"
}

async fn fib(n: Path<u32>) -> Result<Json<Fib>> {
    let fib = web::block(move || service::fib(*n)).await?;
    Ok(Json(fib))
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let app = || {
        App::new()
            .route("/ok", web::get().to(ok))
            .route("/fib/{n}", web::get().to(fib))
            .configure(harm::routes)
    };
    HttpServer::new(app)
        .bind(("127.0.0.1", service::port()))?
        .run()
        .await
}
