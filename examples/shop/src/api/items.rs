//! What there is to buy.

use gopool::{Body, Ctx, Path, Query, Status, Valid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::{api::user::User, database::Database, error::ShopError};

/// Something to buy.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Item {
    id: i64,
    name: String,
    cents: i64,
    stock: i32,
}

impl From<Row> for Item {
    fn from(row: Row) -> Self {
        Self {
            id: row.get(0),
            name: row.get(1),
            cents: row.get(2),
            stock: row.get(3),
        }
    }
}

#[derive(Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct Page {
    /// The first id to list.
    #[serde(default)]
    #[garde(skip)]
    from: i64,
    /// How many.
    #[serde(default = "ten")]
    #[garde(range(min = 1, max = 100))]
    limit: i64,
}

fn ten() -> i64 {
    10
}

/// Lists items. It only waits for the database, so it is an `async fn`.
#[gopool::get("/items")]
pub(crate) async fn list(page: Valid<Query<Page>>, database: Ctx<Database>) -> Result<Vec<Item>, ShopError> {
    let sql = "SELECT id, name, cents, stock FROM item WHERE id >= $1 ORDER BY id LIMIT $2";
    let rows = database
        .get()
        .await?
        .query(sql, &[&page.from, &page.limit])
        .await?;
    Ok(rows.into_iter().map(Item::from).collect())
}

/// One item.
#[gopool::get("/items/{id}")]
pub(crate) async fn one(id: Path<i64>, database: Ctx<Database>) -> Result<Item, ShopError> {
    let sql = "SELECT id, name, cents, stock FROM item WHERE id = $1";
    let row = database.get().await?.query_opt(sql, &[&*id]).await?;
    row.map(Item::from).ok_or(ShopError::NoItem { id: *id })
}

#[derive(Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct NewItem {
    #[garde(length(chars, min = 1, max = 200), custom(no_nul))]
    name: String,
    #[garde(range(min = 1))]
    cents: i64,
    #[garde(range(min = 0))]
    stock: i32,
}

/// PostgreSQL keeps no text that has one.
pub(crate) fn no_nul(text: &str, (): &()) -> garde::Result {
    match text.contains('\0') {
        true => Err(garde::Error::new("holds a NUL")),
        false => Ok(()),
    }
}

/// Adds an item.
#[gopool::post("/items")]
pub(crate) async fn add(
    _user: User,
    Valid(Body(new)): Valid<Body<NewItem>>,
    database: Ctx<Database>,
) -> Result<Status<201, Item>, ShopError> {
    let NewItem { name, cents, stock } = new;
    let sql = "INSERT INTO item (name, cents, stock) VALUES ($1, $2, $3) RETURNING id, name, cents, stock";
    let row = database
        .get()
        .await?
        .query_one(sql, &[&name, &cents, &stock])
        .await?;
    Ok(Status(row.into()))
}
