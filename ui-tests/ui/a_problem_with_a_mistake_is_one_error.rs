use gopool::{Error, Problem};

#[derive(Debug, thiserror::Error, Problem)]
enum ShopError {
    #[error("sold out")]
    #[problem(staus = 409)]
    SoldOut,
    #[error(transparent)]
    #[problem(transparent)]
    Other(#[from] Error),
}

#[gopool::post("/v1/orders")]
fn order() -> Result<(), ShopError> {
    gopool::checkpoint().map_err(Error::from)?;
    Err(ShopError::SoldOut)
}

#[gopool::get("/v1/orders")]
fn orders() -> Result<String, Error> {
    order()?;
    Ok("ordered".to_owned())
}

fn main() {}
