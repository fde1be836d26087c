//! `#[cfg]`, `#[cfg_attr]`, `#[expect]` and `#[allow]` on handlers and on their arguments.
#![deny(clippy::allow_attributes)]

use gopool::{Body, Ctx, Path, Query};

#[derive(serde::Deserialize)]
struct Key {
    user: u64,
    post: u64,
}

#[derive(serde::Deserialize)]
struct Page {
    number: u32,
}

#[gopool::get("/conditions/{user}/{post}")]
fn one_of_two(
    #[cfg(all())] key: Path<Key>,
    #[cfg(not(all()))] key: Path<Missing>,
    #[cfg(any())] page: Query<Missing>,
    #[cfg_attr(all(), cfg(all()))] number: Query<Page>,
) -> String {
    format!("{} {} {}", key.user, key.post, number.number)
}

#[gopool::post("/conditions/body")]
async fn one_body(#[cfg(any())] body: Bytes, #[cfg(not(any()))] text: String) -> String {
    text
}

#[gopool::get("/conditions/id/{id}")]
fn a_parameter_of_a_feature(id: Path<u64>, #[cfg(any())] tenant: gopool::Header<Missing>) -> String {
    id.to_string()
}

#[cfg_attr(all(), gopool::get("/conditions/attribute"))]
#[cfg_attr(all(), expect(clippy::unnecessary_wraps, reason = "it is a test"))]
fn attribute(#[expect(unused_variables, reason = "it is a test")] page: Query<Page>) -> Option<u8> {
    Some(7)
}

#[gopool::get("/conditions/left-out")]
#[cfg_attr(all(), cfg(any()))]
fn left_out(nonsense: Missing) {}

#[gopool::get("/conditions/pass-by-value")]
#[expect(non_snake_case, reason = "it is a test")]
#[expect(clippy::needless_pass_by_value, reason = "it is a test")]
fn PassByValue(page: Query<Page>) -> String {
    page.number.to_string()
}

#[gopool::delete("/conditions/delete")]
#[expect(deprecated, reason = "our clients do send the body")]
fn delete(names: Body<Vec<String>>) -> String {
    names.0.concat()
}

#[gopool::delete("/conditions/delete-sometimes")]
fn delete_sometimes(#[cfg(any())] names: Body<Vec<String>>) {}

#[gopool::on_shutdown]
async fn bye(#[cfg(any())] missing: Ctx<Missing>, #[cfg(all())] words: Ctx<String>) {
    drop(words);
}
