//! OpenAPI 3.1 from the attributes, types and comments that are there: with the feature `openapi`.
//!
//! ```sh
//! cargo run -- openapi > openapi.json             # the document
//! cargo run -- openapi --check openapi.json       # what has changed since
//! ```
//!
//! Nothing is to be written for it. A type that derives `schemars::JsonSchema` is described by its schema, with serde's attributes read as serde reads
//! them; of one that does not, the names of its fields are known where serde tells them, and nothing is asked of it.
//!
//! ```standalone_crate
//! use gopool::{Body, Path, Query, Status};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Page {
//!     /// How many to list.
//!     limit: Option<u8>,
//! }
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Item {
//!     name: String,
//!     price: Option<f64>,
//! }
//!
//! #[derive(Debug, thiserror::Error, gopool::Problem)]
//! enum ShopError {
//!     #[error("item {0} is sold out")]
//!     #[problem(status = 409, title = "Sold out")]
//!     SoldOut(u64),
//! }
//!
//! /// Lists the items.
//! ///
//! /// The newest come **first**.
//! #[gopool::get("/v1/items")]
//! fn items(page: Query<Page>) -> Vec<Item> {
//!     let _ = page.limit;
//!     Vec::new()
//! }
//!
//! /// Adds an item.
//! #[gopool::post("/v1/items")]
//! fn add(item: Body<Item>) -> Status<201, Item> {
//!     Status(item.0)
//! }
//!
//! /// Orders an item.
//! #[gopool::post("/v1/items/{id}/orders", tag = "orders")]
//! fn order(id: Path<u64>) -> Result<(), ShopError> {
//!     Err(ShopError::SoldOut(*id))
//! }
//!
//! let document = gopool::test::openapi();
//! let list = &document["paths"]["/v1/items"]["get"];
//! assert_eq!(list["summary"], "Lists the items.");
//! assert_eq!(list["parameters"][0]["description"], "How many to list.");
//! assert_eq!(list["parameters"][0]["schema"]["maximum"], 255);
//! let order = &document["paths"]["/v1/items/{id}/orders"]["post"]["responses"];
//! assert_eq!(order["409"]["description"], "Sold out");
//! assert_eq!(order["400"]["$ref"], "#/components/responses/BadRequest"); // the `id` is no number
//! ```
//!
//! # What is said of an operation
//!
//! | in the document | from |
//! |---|---|
//! | summary, description | the first paragraph of the comment, and the rest |
//! | `operationId` | the last module and the function, `reports_list`; at the root of the crate the function. `name = ".."` in the attribute gives another |
//! | tag | `tag = ".."` in the attribute, else the last module, else the first constant part of the path that is no version |
//! | `deprecated` | `#[deprecated]` |
//! | parameters | [`Path`](crate::Path), [`Query`](crate::Query), [`Header`](macro@crate::Header), and what derives [`Param`](macro@crate::Param) by its parts |
//! | body | [`Body`](crate::Body), [`Form`](crate::Form), `String`, `Bytes` |
//! | successes | what the handler returns; see [`Reply`](crate::Reply) |
//! | failures | the `RESPONSES` of a [`Problem`](crate::Problem), 404 of an `Option`, and what gopool itself answers of this route: 400, 401, 408, 413, 415, 422, 500, 503, 504 where they can occur |
//! | security | [`Bearer`](crate::Bearer), [`Basic`](crate::Basic), and what [`FromParams::describe`](crate::FromParams::describe) says |
//!
//! A type that is read, or both read and written, has the schema of what is read; one that is only written that of what is written. Routes for all
//! methods, which OpenAPI does not know, are left out.
//!
//! Two types of one name, and two operations of one id, refuse the launch, naming both: what programs are made of must not change with the next
//! route. A type gets another name with `#[schemars(rename = "..")]`.
//!
//! # A parameter of your own
//!
//! ```standalone_crate
//! use gopool::{Error, FromParams, Header, openapi::{Operation, Security}};
//!
//! #[derive(gopool::Header)]
//! struct Key { x_api_key: String }
//!
//! #[derive(Clone, gopool::Param)]
//! struct Customer(String);
//!
//! impl FromParams for Customer {
//!     type From = Header<Key>;
//!
//!     fn from_params(Header(key): Self::From) -> Result<Self, Error> {
//!         match &*key.x_api_key {
//!             "k" => Ok(Customer("ann".into())),
//!             _ => Err(Error::unauthorized("the key is not valid")),
//!         }
//!     }
//!
//!     fn describe(it: &mut Operation<'_>) {
//!         it.security(Security::api_key("key", "x-api-key"));
//!         it.problem(401, "The key is not valid");
//!     }
//! }
//!
//! #[gopool::get("/v1/me")]
//! fn me(customer: Customer) -> String {
//!     customer.0
//! }
//!
//! let document = gopool::test::openapi();
//! assert_eq!(document["paths"]["/v1/me"]["get"]["security"][0]["key"], serde_json::json!([]));
//! assert_eq!(document["components"]["securitySchemes"]["key"]["name"], "x-api-key");
//! ```
//!
//! # Builds
//!
//! `derive(JsonSchema)` costs some milliseconds a type to compile. Who wants documents in some builds only writes
//! `#[cfg_attr(feature = "docs", derive(JsonSchema))]`, with a feature of the application that switches gopool's on.

mod clashes;
mod compare;
mod document;
mod failures;
mod naming;
mod operation;
pub(crate) mod probe;
mod version;

pub use crate::describe::{Answer, Content, Describe, DescribeReply, Operation, Schemas, Security};
pub(crate) use compare::{Change, compare};
pub(crate) use document::{About, Document, Refusal};
pub(crate) use version::SpecVersion;
