//! One row by its key, through the same driver for every Rust peer.

use std::{
    env,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use postgres::NoTls;
use serde::Serialize;

use crate::Fib;

/// The variable that holds the address of the database; without it a peer has no database routes.
pub const ADDRESS: &str = "COMPARE_DATABASE";

const QUERY: &str = "SELECT name FROM person WHERE id = $1";
/// Connections of the asynchronous driver, which puts many queries on each.
const CONNECTIONS: usize = 4;

/// The answer of the database routes.
#[derive(Debug, Serialize)]
pub struct Person {
    id: i32,
    name: String,
}

/// A person, and the work done beside the query.
#[derive(Serialize)]
pub struct Scored {
    person: Person,
    score: Fib,
}

impl Person {
    /// The person with CPU work on top.
    pub fn scored(self, score: Fib) -> Scored {
        Scored { person: self, score }
    }
}

/// The asynchronous driver.
pub struct Database {
    clients: Vec<(tokio_postgres::Client, tokio_postgres::Statement)>,
    next: AtomicUsize,
}

impl Database {
    /// Connects if there is an address in the environment.
    ///
    /// # Errors
    /// What the driver says.
    pub async fn from_env() -> Result<Option<Self>, tokio_postgres::Error> {
        let Ok(address) = env::var(ADDRESS) else {
            return Ok(None);
        };
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
            tokio::spawn(connection);
            let statement = client.prepare(QUERY).await?;
            clients.push((client, statement));
        }
        Ok(Some(Self {
            clients,
            next: AtomicUsize::new(0),
        }))
    }

    /// One person.
    ///
    /// # Errors
    /// What the driver says; nobody of this id is an error, too.
    pub async fn person(&self, id: i32) -> Result<Person, tokio_postgres::Error> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.clients.len();
        let (client, statement) = &self.clients[turn];
        let row = client.query_one(statement, &[&id]).await?;
        Ok(Person { id, name: row.get(0) })
    }
}

/// The blocking driver: as many connections as threads use at once.
#[derive(Default)]
pub struct BlockingDatabase {
    idle: Mutex<Vec<(postgres::Client, postgres::Statement)>>,
}

impl BlockingDatabase {
    /// One person.
    ///
    /// # Errors
    /// No address in the environment, or what the driver says.
    pub fn person(&self, id: i32) -> Result<Person, Box<dyn std::error::Error + Send + Sync>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (mut client, statement) = idle.map_or_else(connect, Ok)?;
        let name = client.query_one(&statement, &[&id])?.get(0);
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((client, statement));
        Ok(Person { id, name })
    }
}

fn connect() -> Result<(postgres::Client, postgres::Statement), Box<dyn std::error::Error + Send + Sync>> {
    let mut client = postgres::Client::connect(&env::var(ADDRESS)?, NoTls)?;
    let statement = client.prepare(QUERY)?;
    Ok((client, statement))
}
