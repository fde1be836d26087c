//! Every option, every method.

#[gopool::get(
    "/get",
    timeout = "30s",
    queue_timeout = 500,
    max_body = "10MB",
    body_timeout = "2m",
    concurrency = 4,
    weight = 3,
    priority = "sheddable",
    fair_by = "x-api-key",
    queue_target = "200ms",
    rate = "20/s",
    detached,
    run = "pool"
)]
fn get() {}

#[gopool::post("/post", max_body = "512KiB", priority = "critical", fair_by = "peer", rate = "5/10m", rate_by = "x-api-key", crate = gopool)]
async fn post(body: String) -> String {
    body
}

#[gopool::put("/put", timeout = "1h", crate = "::gopool")]
fn put() {}

#[gopool::get("/isolated", run = "isolated", memory = "1GiB", fresh)]
fn isolated() {}

#[gopool::patch("/patch", max_body = 100)]
fn patch(body: gopool::Bytes) {
    drop(body);
}

#[gopool::delete("/delete")]
fn delete() {}

#[gopool::head("/head", run = "inline")]
fn head() {}

#[gopool::options("/options")]
fn options() {}

#[gopool::all("/all")]
fn all() {}
