//! actix-web as it comes, with three ways to do the work: on the event loop, in `web::block`, on rayon.

use actix_web::{
    App, Error, HttpServer,
    error::ErrorInternalServerError,
    rt::System,
    web::{self, Data, Json, Path, Query, ServiceConfig},
};
use work::{
    Fib, Greet, Greeting, Slept, Spun,
    database::{BlockingDatabase, Database, Person, Scored},
    settings::Settings,
};

/// How work leaves the event loop, if it does.
#[derive(Clone, Copy)]
enum HandOver {
    Inline,
    Block,
    Rayon,
}

impl HandOver {
    fn parse(word: &str) -> Result<Self, String> {
        match word {
            "inline" => Ok(Self::Inline),
            "block" => Ok(Self::Block),
            "rayon" => Ok(Self::Rayon),
            _ => Err(format!(
                "`{word}` is no way to hand work over: write inline, block or rayon"
            )),
        }
    }

    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        match self {
            Self::Inline => Ok(work()),
            Self::Block => Ok(web::block(work).await?),
            Self::Rayon => {
                let (sender, receiver) = tokio::sync::oneshot::channel();
                rayon::spawn(move || drop(sender.send(work())));
                receiver.await.map_err(ErrorInternalServerError)
            }
        }
    }
}

type Way = Data<HandOver>;

async fn hello(way: Way, query: Query<Greet>) -> Result<Json<Greeting>, Error> {
    way.run(|| work::hello(query.into_inner())).await.map(Json)
}

async fn inline() -> &'static str {
    "ok"
}

async fn fib(way: Way, n: Path<u32>) -> Result<Json<Fib>, Error> {
    way.run(move || work::fib(*n)).await.map(Json)
}

async fn sleep(way: Way, ms: Path<u64>) -> Result<Json<Slept>, Error> {
    way.run(move || work::sleep(*ms)).await.map(Json)
}

async fn spin(way: Way, ms: Path<u64>) -> Result<Json<Spun>, Error> {
    way.run(move || work::spin(*ms)).await.map(Json)
}

async fn person(id: Path<i32>, database: Data<Database>) -> Result<Json<Person>, Error> {
    database
        .person(*id)
        .await
        .map(Json)
        .map_err(ErrorInternalServerError)
}

async fn scored(way: Way, id: Path<i32>, database: Data<Database>) -> Result<Json<Scored>, Error> {
    let person = database.person(*id).await.map_err(ErrorInternalServerError)?;
    way.run(|| person.scored(work::fib(30))).await.map(Json)
}

async fn blocking(way: Way, id: Path<i32>, database: Data<BlockingDatabase>) -> Result<Json<Person>, Error> {
    let person = way.run(move || database.person(*id)).await?;
    person.map(Json).map_err(ErrorInternalServerError)
}

async fn number(id: Path<u64>) -> String {
    id.to_string()
}

fn routes(config: &mut ServiceConfig, many: usize) {
    config
        .route("/lab/hello", web::get().to(hello))
        .route("/lab/inline", web::get().to(inline))
        .route("/lab/fib/{n}", web::get().to(fib))
        .route("/lab/sleep/{ms}", web::get().to(sleep))
        // Nothing here knows lanes, classes or limits.
        .route("/lab/heavy/{n}", web::get().to(fib))
        .route("/lab/critical/{n}", web::get().to(fib))
        .route("/lab/sheddable/{n}", web::get().to(fib))
        .route("/lab/short/{ms}", web::get().to(spin))
        .route("/database/person/{id}", web::get().to(person))
        .route("/database/scored/{id}", web::get().to(scored))
        .route("/database/blocking/{id}", web::get().to(blocking));
    // The last ones, so that `/r0999/{id}` is there in any case.
    for index in 1_000 - many..1_000 {
        config.route(&format!("/r{index:04}/{{id}}"), web::get().to(number));
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_args()?;
    let way = HandOver::parse(&settings.hand_over)?;
    if let HandOver::Rayon = way {
        rayon::ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .build_global()?;
    }
    let way = Data::new(way);
    System::new().block_on(async move {
        let database = Database::from_env().await?.map(Data::new);
        let blocking = Data::new(BlockingDatabase::default());
        HttpServer::new(move || {
            let app = App::new().app_data(way.clone()).app_data(blocking.clone());
            app.configure(|config| {
                if let Some(database) = &database {
                    config.app_data(database.clone());
                }
                routes(config, settings.routes);
            })
        })
        .workers(settings.event_loops)
        .worker_max_blocking_threads(settings.threads)
        .bind(("127.0.0.1", settings.port))?
        .run()
        .await?;
        Ok(())
    })
}
