//! What can go wrong, and how clients learn of it.

use gopool::{Error, Problem};

#[derive(Debug, thiserror::Error, Problem)]
pub(crate) enum ShopError {
    #[error("there is no item {id}")]
    #[problem(status = 404, title = "No such item")]
    NoItem {
        #[problem(member)]
        id: i64,
    },
    #[error("item {id} is sold out")]
    #[problem(status = 409, title = "Sold out", type = "https://shop.example/sold-out")]
    SoldOut {
        #[problem(member)]
        id: i64,
    },
    #[error("somebody has the name `{name}` already")]
    #[problem(status = 409, title = "Name taken")]
    NameTaken { name: String },
    #[error("the picture cannot be read: {0}")]
    #[problem(status = 422, title = "No picture")]
    Picture(#[from] image::ImageError),
    /// Only the log learns why.
    #[error("the database does not answer")]
    #[problem(status = 503, title = "Database", retry_after = "1s")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What gopool says itself, such as that the time is up.
    #[error(transparent)]
    #[problem(transparent)]
    Other(#[from] Error),
}

impl From<tokio_postgres::Error> for ShopError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<deadpool_postgres::PoolError> for ShopError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Database(error.into())
    }
}
