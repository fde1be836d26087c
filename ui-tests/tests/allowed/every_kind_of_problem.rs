//! Error types that say how they are answered.

use std::{io, time::Duration};

use gopool::{Error, Problem};

/// Of `thiserror` too, with a failure of gopool's in it.
#[derive(Debug, thiserror::Error, Problem)]
#[problem(title = "The shop cannot do that", header("x-shop", "1"))]
enum Shop {
    #[error("item {id} is sold out")]
    #[problem(status = 409, title = "Sold out", type = "https://shop.example/sold-out")]
    SoldOut {
        #[problem(member)]
        id: u64,
        #[problem(member = "left", header = "x-left")]
        stock: u32,
    },
    #[error("too many")]
    #[problem(status = 429)]
    TooMany(#[problem(retry_after)] Duration),
    #[error("storage failed")]
    #[problem(status = 500)]
    Storage(#[from] io::Error),
    #[error(transparent)]
    #[problem(transparent)]
    Other(#[from] Error),
}

/// Without text or `Debug`: each variant brings its own.
#[derive(Problem)]
#[problem(status = 404, detail = "there is no such thing", crate = ::gopool)]
enum Quiet {
    Nothing,
    #[problem(status = 503)]
    Closed,
}

/// A struct.
#[derive(Debug, thiserror::Error, Problem)]
#[error("the limit is {limit}")]
#[problem(status = 403, header("x-why", "limit"))]
struct Limited {
    #[problem(member)]
    limit: u8,
}

/// By hand.
struct ByHand;

impl Problem for ByHand {
    fn problem(&self) -> Error {
        Error::status(418).title("Teapot")
    }
}

#[gopool::get("/problems/shop")]
fn shop() -> Result<String, Shop> {
    limited()?;
    Err(Shop::TooMany(Duration::from_secs(1))).or(Err(Shop::SoldOut { id: 7, stock: 0 }))
}

#[gopool::get("/problems/quiet")]
async fn quiet() -> Result<(), Quiet> {
    Err(Quiet::Closed)
}

#[gopool::get("/problems/limited")]
fn limited() -> Result<(), Error> {
    Err(Limited { limit: 3 })?;
    shop()?;
    Err(Error::of_problem(Quiet::Nothing))
}

#[gopool::get("/problems/by-hand")]
fn by_hand() -> Result<(), ByHand> {
    Err(ByHand)
}

#[gopool::get("/problems/anyhow")]
fn any() -> Result<(), anyhow::Error> {
    limited()?;
    shop()?;
    Ok(())
}
