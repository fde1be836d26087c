//! Orders, and a stream of events that tells of each.

use std::future::poll_fn;

use futures_util::{StreamExt as _, stream};
use gopool::{Ctx, Error, Event, Events, LastEventId, Path, Status};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;
use tokio_postgres::{AsyncMessage, NoTls};

use crate::{api::user::User, database::Database, error::ShopError};

/// Rings whenever somebody has ordered, in whatever process: the database passes it on.
pub(crate) struct Bell(watch::Receiver<()>);

impl Bell {
    /// Listens on a connection of its own, until the process ends.
    pub(crate) async fn hung(database: &Database) -> Result<Self, Error> {
        let (client, mut connection) = database.config.connect(NoTls).await?;
        let (ring, bell) = watch::channel(());
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(_) = message {
                    ring.send_replace(());
                }
            }
            tracing::error!("the database has ended the connection that tells of orders");
        });
        client.batch_execute("LISTEN purchase").await?;
        // The connection lives as long as its client.
        std::mem::forget(client);
        Ok(Self(bell))
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Order {
    id: i64,
}

/// Orders one of an item. Paying customers come first, so it is critical.
#[gopool::post("/items/{id}/orders", priority = "critical")]
pub(crate) async fn order(
    user: User,
    id: Path<i64>,
    database: Ctx<Database>,
) -> Result<Status<201, Order>, ShopError> {
    let mut connection = database.get().await?;
    let transaction = connection.transaction().await?;
    let sql = "UPDATE item SET stock = stock - 1 WHERE id = $1 AND stock > 0";
    if transaction.execute(sql, &[&*id]).await? == 0 {
        let is_there = transaction
            .query_opt("SELECT 1 FROM item WHERE id = $1", &[&*id])
            .await?;
        return Err(match is_there {
            Some(_) => ShopError::SoldOut { id: *id },
            None => ShopError::NoItem { id: *id },
        });
    }
    let sql = "INSERT INTO purchase (item, account) VALUES ($1, $2) RETURNING id";
    let row = transaction.query_one(sql, &[&*id, &user.account]).await?;
    transaction.batch_execute("NOTIFY purchase").await?;
    transaction.commit().await?;
    Ok(Status(Order { id: row.get(0) }))
}

/// Tells of orders as they come. A client that comes back goes on where it was, also after a reload.
#[gopool::get("/orders/events")]
pub(crate) async fn events(
    _user: User,
    last: Option<LastEventId>,
    database: Ctx<Database>,
    bell: Ctx<Bell>,
) -> Events {
    let seen = last.and_then(|id| id.parse().ok());
    let listener = Listener {
        database,
        bell: bell.0.clone(),
        seen: seen.unwrap_or(0),
    };
    Events::from_stream(
        stream::try_unfold(listener, Listener::next).flat_map(|batch| match batch {
            Ok(events) => stream::iter(events.into_iter().map(Ok).collect::<Vec<_>>()),
            Err(error) => stream::iter(vec![Err(error)]),
        }),
    )
}

struct Listener {
    database: Ctx<Database>,
    bell: watch::Receiver<()>,
    /// The last order that was told.
    seen: i64,
}

impl Listener {
    async fn next(mut self) -> Result<Option<(Vec<Event>, Self)>, ShopError> {
        let sql = "SELECT id, item FROM purchase WHERE id > $1 ORDER BY id LIMIT 100";
        loop {
            self.bell.mark_unchanged();
            let rows = self.database.get().await?.query(sql, &[&self.seen]).await?;
            if let Some(last) = rows.last() {
                self.seen = last.get(0);
                let event =
                    |(id, item): (i64, i64)| Event::data(format!("an item {item}")).id(id.to_string());
                let events = rows.iter().map(|row| event((row.get(0), row.get(1)))).collect();
                return Ok(Some((events, self)));
            }
            if self.bell.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}
