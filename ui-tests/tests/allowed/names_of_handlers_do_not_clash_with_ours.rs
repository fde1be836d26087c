//! Names that the expansion uses too.

mod core {}
mod std {}
mod gopool_ {}

#[allow(dead_code, reason = "it is only in the way")]
struct Result;
#[allow(dead_code, reason = "it is only in the way")]
struct Option;

#[gopool::get("/call")]
fn call(_query: gopool::Query<Vec<(::std::string::String, u8)>>) {}

#[gopool::get("/value")]
async fn value() {}

#[gopool::get("/taken")]
fn contexts() {}

#[gopool::get("/raw")]
fn r#async() {}

#[gopool::on_master]
async fn master(_master: &mut gopool::Master) {}

#[gopool::on_shutdown]
async fn taken(_value: gopool::Ctx<u8>) {}
