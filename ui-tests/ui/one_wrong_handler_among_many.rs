#[gopool::get("/a")]
fn a() -> &'static str {
    helper()
}

#[gopool::get("/b")]
fn b() -> String {
    c() + helper()
}

#[gopool::get("c")]
fn c() -> String {
    helper().to_owned()
}

#[gopool::post("/d")]
async fn d() -> Result<String, gopool::Error> {
    Ok(c())
}

fn helper() -> &'static str {
    "helped"
}

fn main() {}
