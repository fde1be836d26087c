//! Paths of every kind.

use std::collections::HashMap;

use gopool::Path;
use serde::Deserialize;

#[derive(Deserialize)]
struct Key {
    user: u64,
    r#type: String,
}

#[derive(Deserialize)]
struct Id(u64);

#[gopool::get("/")]
fn root() {}

#[gopool::get("/scalar/{id}")]
fn scalar(Path(id): Path<u64>) -> String {
    id.to_string()
}

#[gopool::get("/newtype/{id}")]
fn newtype(id: Path<Id>) -> String {
    id.0.0.to_string()
}

#[gopool::get("/one/{id}")]
fn one(id: Path<(u64,)>) -> String {
    id.0.0.to_string()
}

#[gopool::get("/tuple/{a}/{b}")]
fn tuple(Path((a, b)): Path<(u64, String)>) -> String {
    format!("{a}{b}")
}

#[gopool::get("/struct/{user}/{type}")]
fn structure(key: Path<Key>) -> String {
    format!("{}{}", key.user, key.r#type)
}

#[gopool::get("/map/{a}/{b}")]
fn map(names: Path<HashMap<String, String>>) -> String {
    names.len().to_string()
}

#[gopool::get("/files/{dir}/{*rest}")]
fn files(path: Path<(String, String)>) -> String {
    path.0.1
}
