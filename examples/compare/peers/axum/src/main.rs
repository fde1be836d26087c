//! axum with its two usual ways to do CPU work: tokio's `spawn_blocking`, and tokio-rayon.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::get,
};
use work::{
    Fib, Greet, Greeting, Slept,
    database::{BlockingDatabase, Database, Person, Scored},
    settings::Settings,
};

/// How work leaves the event loop.
#[derive(Clone, Copy)]
enum HandOver {
    SpawnBlocking,
    TokioRayon,
}

impl HandOver {
    fn parse(word: &str) -> Result<Self, String> {
        match word {
            "spawn-blocking" => Ok(Self::SpawnBlocking),
            "tokio-rayon" => Ok(Self::TokioRayon),
            _ => Err(format!(
                "`{word}` is no way to hand work over: write spawn-blocking or tokio-rayon"
            )),
        }
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StatusCode> {
        match self {
            Self::SpawnBlocking => tokio::task::spawn_blocking(work).await.map_err(failed),
            Self::TokioRayon => Ok(tokio_rayon::spawn(work).await),
        }
    }
}

struct Shared {
    way: HandOver,
    database: Option<Database>,
    blocking: BlockingDatabase,
}

type App = State<Arc<Shared>>;
type Answer<T> = Result<Json<T>, StatusCode>;

fn failed(cause: impl std::fmt::Display) -> StatusCode {
    eprintln!("{cause}");
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn hello(app: App, Query(greet): Query<Greet>) -> Answer<Greeting> {
    app.way.run(|| work::hello(greet)).await.map(Json)
}

async fn inline() -> &'static str {
    "ok"
}

async fn fib(app: App, Path(n): Path<u32>) -> Answer<Fib> {
    app.way.run(move || work::fib(n)).await.map(Json)
}

async fn sleep(app: App, Path(ms): Path<u64>) -> Answer<Slept> {
    app.way.run(move || work::sleep(ms)).await.map(Json)
}

async fn person(app: App, Path(id): Path<i32>) -> Answer<Person> {
    query(&app, id).await.map(Json)
}

async fn scored(app: App, Path(id): Path<i32>) -> Answer<Scored> {
    let person = query(&app, id).await?;
    app.way.run(|| person.scored(work::fib(30))).await.map(Json)
}

async fn blocking(State(app): App, Path(id): Path<i32>) -> Answer<Person> {
    let way = app.way;
    way.run(move || app.blocking.person(id))
        .await?
        .map(Json)
        .map_err(failed)
}

async fn query(app: &Shared, id: i32) -> Result<Person, StatusCode> {
    let database = app.database.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    database.person(id).await.map_err(failed)
}

async fn serve(port: u16, way: HandOver) -> Result<(), Box<dyn std::error::Error>> {
    let shared = Shared {
        way,
        database: Database::from_env().await?,
        blocking: BlockingDatabase::default(),
    };
    let app = Router::new()
        .route("/lab/hello", get(hello))
        .route("/lab/inline", get(inline))
        .route("/lab/fib/{n}", get(fib))
        .route("/lab/sleep/{ms}", get(sleep))
        .route("/database/person/{id}", get(person))
        .route("/database/scored/{id}", get(scored))
        .route("/database/blocking/{id}", get(blocking))
        .with_state(Arc::new(shared));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_args()?;
    let way = HandOver::parse(&settings.hand_over)?;
    if let HandOver::TokioRayon = way {
        rayon::ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .build_global()?;
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(timeout) = settings.idle_timeout {
        runtime.thread_keep_alive(timeout);
    }
    runtime
        .worker_threads(settings.event_loops)
        .max_blocking_threads(settings.threads)
        .enable_all()
        .build()?
        .block_on(serve(settings.port, way))
}
