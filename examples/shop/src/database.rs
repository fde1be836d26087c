//! PostgreSQL, at the address in `SHOP_DATABASE`.

use deadpool_postgres::{Manager, Object, Pool};
use gopool::Error;
use tokio_postgres::{Config, NoTls};

use crate::error::ShopError;

/// Connections to the database; handlers share them.
pub(crate) struct Database {
    connections: Pool,
    /// For connections that are kept apart, such as one that listens.
    pub(crate) config: Config,
}

impl Database {
    /// Connects, and makes the tables that are missing.
    pub(crate) async fn connect() -> Result<Self, Error> {
        let config: Config = address()?.parse()?;
        let connections = Pool::builder(Manager::new(config.clone(), NoTls))
            .max_size(8)
            .build()?;
        let database = Self { connections, config };
        database
            .get()
            .await?
            .batch_execute(include_str!("../schema.sql"))
            .await?;
        Ok(database)
    }

    /// A connection, given back when it is dropped.
    pub(crate) async fn get(&self) -> Result<Object, ShopError> {
        Ok(self.connections.get().await?)
    }
}

#[cfg(not(test))]
fn address() -> Result<String, Error> {
    let address = std::env::var("SHOP_DATABASE");
    address.map_err(|_| {
        Error::internal("set `SHOP_DATABASE` to an address such as `postgresql://me@127.0.0.1/shop`")
    })
}

/// The tests' own.
#[cfg(test)]
fn address() -> Result<String, Error> {
    Ok(crate::tests::database())
}
