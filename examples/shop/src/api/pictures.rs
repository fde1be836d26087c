//! Pictures of items: decoded, made small and encoded again, which is CPU work of strangers' bytes.

use std::io::Cursor;

use gopool::{Bytes, Ctx, Error, Path, Response};
use image::{ImageFormat, ImageReader, Limits};

use crate::{api::user::User, database::Database, error::ShopError};

const EDGE: u32 = 200;
const MOST_PIXELS: u64 = 50_000_000;

/// Makes the picture of an item from the bytes of a PNG or a JPEG.
#[gopool::put("/items/{id}/picture", max_body = "20MB", concurrency = 2)]
pub(crate) fn put(
    _user: User,
    id: Path<i64>,
    picture: Bytes,
    database: Ctx<Database>,
) -> Result<(), ShopError> {
    keep(*id, &thumbnail(&picture)?, &database)
}

/// The picture of an item.
#[gopool::get("/items/{id}/picture")]
pub(crate) async fn get(id: Path<i64>, database: Ctx<Database>) -> Result<Response, ShopError> {
    let sql = "SELECT jpeg FROM picture WHERE item = $1";
    let row = database.get().await?.query_opt(sql, &[&*id]).await?;
    let jpeg: Vec<u8> = row.ok_or(ShopError::NoItem { id: *id })?.get(0);
    Ok(Response::ok()
        .content_type("image/jpeg")
        .header("cache-control", "max-age=60")
        .bytes(jpeg))
}

/// At most 200 pixels wide and high, as JPEG.
fn thumbnail(picture: &[u8]) -> Result<Vec<u8>, ShopError> {
    let mut reader = ImageReader::new(Cursor::new(picture))
        .with_guessed_format()
        .map_err(Error::internal)?;
    // A picture of a few bytes may claim to be of any size.
    let mut limits = Limits::default();
    limits.max_alloc = Some(4 * MOST_PIXELS);
    reader.limits(limits);
    let picture = reader.decode()?;
    gopool::checkpoint().map_err(Error::from)?;
    let small = picture.thumbnail(EDGE, EDGE).into_rgb8();
    let mut jpeg = Cursor::new(Vec::new());
    small.write_to(&mut jpeg, ImageFormat::Jpeg)?;
    Ok(jpeg.into_inner())
}

fn keep(id: i64, jpeg: &[u8], database: &Database) -> Result<(), ShopError> {
    gopool::block_on(async {
        let sql = "INSERT INTO picture (item, jpeg) SELECT id, $2 FROM item WHERE id = $1
            ON CONFLICT (item) DO UPDATE SET jpeg = excluded.jpeg";
        match database.get().await?.execute(sql, &[&id, &jpeg]).await? {
            0 => Err(ShopError::NoItem { id }),
            _ => Ok(()),
        }
    })
}
