//! The application that the clients of this binary start.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::Duration,
};

use actix_web::{
    HttpResponse,
    body::{BodySize, MessageBody},
    dev::ServiceRequest,
    error::ErrorImATeapot,
    middleware::{DefaultHeaders, Next, from_fn},
    rt, web,
};
use gopool::{Body, Bytes, Ctx, Error, Form, Header, Master, Query};
use serde_json::{Value, json};

/// What happened to one client, for a test to look at when the client is gone.
#[derive(Default)]
pub(crate) struct Events {
    /// Threads of the client that have ended, of those that called [`mourn`].
    pub(crate) ended_threads: AtomicUsize,
    pub(crate) finished: AtomicBool,
    pub(crate) shutdowns: AtomicUsize,
}

/// The shared value of one client, one of a kind.
pub(crate) struct Life {
    number: usize,
    pub(crate) events: Arc<Events>,
}

/// The events of all clients that have started, by their number.
static EVENTS: Mutex<Vec<Arc<Events>>> = Mutex::new(Vec::new());

pub(crate) fn events(client: &gopool::test::Client) -> Arc<Events> {
    let number: usize = client.get("/number").send().json().unwrap();
    EVENTS.lock().unwrap()[number].clone()
}

#[gopool::on_master]
async fn prepare(master: &mut Master) -> Result<(), Error> {
    let mut all = EVENTS.lock().map_err(|error| error.to_string())?;
    let events = Arc::<Events>::default();
    master.ctx(Life {
        number: all.len(),
        events: events.clone(),
    });
    all.push(events);
    master.wrap(|| DefaultHeaders::new().add(("x-wrapped", "yes")));
    master.wrap(|| {
        from_fn(|request: ServiceRequest, next: Next<_>| async move {
            if request.headers().contains_key("x-refuse") {
                return Err(ErrorImATeapot("refused by the middleware"));
            }
            next.call(request).await
        })
    });
    master.configure(|app| {
        app.route("/plain", web::get().to(|| async { "plain" }))
            .route("/plain/panic", web::get().to(explode))
            .route("/plain/broken", web::get().to(break_off));
    });
    Ok(())
}

async fn explode() -> &'static str {
    panic!("a plain route exploded")
}

async fn break_off() -> HttpResponse<Broken> {
    HttpResponse::Ok().message_body(Broken).unwrap()
}

/// A body that says that there is more to come, and fails.
struct Broken;

impl MessageBody for Broken {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        Poll::Ready(Some(Err(io::Error::other("out of text"))))
    }
}

#[gopool::on_shutdown]
async fn end(life: Ctx<Life>) {
    life.events.shutdowns.fetch_add(1, Ordering::SeqCst);
}

#[gopool::get("/number")]
fn number(life: Ctx<Life>) -> usize {
    life.number
}

#[gopool::get("/query")]
fn query(query: Query<Value>) -> Value {
    query.0
}

#[gopool::post("/json")]
fn json_body(body: Body<Value>) -> Value {
    body.0
}

#[gopool::put("/form")]
fn form(form: Form<Value>) -> Value {
    form.0
}

#[gopool::patch("/bytes", max_body = "8")]
fn bytes(body: Bytes) -> Bytes {
    body
}

#[derive(gopool::Header)]
struct Tenant {
    x_tenant: String,
    content_length: Option<u64>,
    host: Option<String>,
}

#[gopool::delete("/tenant")]
fn tenant(tenant: Header<Tenant>) -> Value {
    json!([tenant.x_tenant, tenant.content_length, tenant.host])
}

#[gopool::get("/panic")]
fn panic() {
    panic!("on purpose")
}

#[gopool::get("/thread")]
fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[gopool::get("/help")]
fn helpers() -> Value {
    let waited = gopool::block_on(async { 6 * 7 });
    let sum = gopool::par::install(|| 45);
    let completed = gopool::stats().map(|stats| stats.counters.completed);
    json!({ "waited": waited, "sum": sum, "completed": completed })
}

#[gopool::get("/cpu")]
async fn cpu() -> Result<String, Error> {
    gopool::cpu(thread_name).await
}

/// Of a task that outlives every call.
#[gopool::get("/cpu/spawned")]
async fn spawned() -> Result<Value, Error> {
    let task = rt::spawn(async {
        let name = gopool::cpu(thread_name).await?;
        let completed = gopool::stats().map(|stats| stats.counters.completed);
        Ok::<_, Error>(json!({ "name": name, "completed": completed }))
    });
    task.await?
}

/// Passed twice by each call of `/gate`: when it runs, and when it may end.
pub(crate) static GATE: Barrier = Barrier::new(2);

#[gopool::get("/gate")]
fn gate() {
    GATE.wait();
    GATE.wait();
}

#[gopool::get("/polite", timeout = "20ms")]
fn polite(life: Ctx<Life>) -> Result<(), Error> {
    while gopool::checkpoint().is_ok() {
        thread::yield_now();
    }
    // Work that is left when the caller has its answer.
    thread::sleep(Duration::from_millis(100));
    life.events.finished.store(true, Ordering::SeqCst);
    Ok(())
}

/// Held by the handler of `/stuck` until the test lets go of the other end.
pub(crate) static STUCK: Barrier = Barrier::new(2);

#[gopool::get("/stuck", timeout = "20ms")]
fn stuck() {
    STUCK.wait();
}

struct Mourned(Arc<Events>);

impl Drop for Mourned {
    fn drop(&mut self) {
        self.0.ended_threads.fetch_add(1, Ordering::SeqCst);
    }
}

thread_local! {
    static MOURNED: std::cell::OnceCell<Mourned> = const { std::cell::OnceCell::new() };
}

fn mourn(life: &Life) {
    MOURNED.with(|mourned| {
        mourned.get_or_init(|| Mourned(life.events.clone()));
    });
}

#[gopool::get("/mourn/pool")]
fn mourn_pool_thread(life: Ctx<Life>) {
    mourn(&life);
}

#[gopool::get("/mourn/loop", run = "inline")]
fn mourn_event_loop(life: Ctx<Life>) {
    mourn(&life);
}
