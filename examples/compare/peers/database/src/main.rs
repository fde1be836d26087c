//! gopool with the database routes of the peers.

use gopool::{Ctx, Error, Master, Path};
use work::database::{BlockingDatabase, Database, Person, Scored};

#[gopool::get("/database/person/{id}")]
async fn person(id: Path<i32>, database: Ctx<Database>) -> Result<Person, Error> {
    Ok(database.person(*id).await?)
}

#[gopool::get("/database/scored/{id}")]
async fn scored(id: Path<i32>, database: Ctx<Database>) -> Result<Scored, Error> {
    let person = database.person(*id).await?;
    gopool::cpu(|| person.scored(work::fib(30))).await
}

#[gopool::get("/database/blocking/{id}")]
fn blocking(id: Path<i32>, database: Ctx<BlockingDatabase>) -> Result<Person, Error> {
    Ok(database.person(*id)?)
}

#[gopool::on_master]
async fn connect(master: &mut Master) -> Result<(), Error> {
    let database = Database::from_env().await?;
    let database = database.ok_or("set `COMPARE_DATABASE` to the address of the database")?;
    master.ctx(database).ctx(BlockingDatabase::default());
    Ok(())
}

fn main() -> std::process::ExitCode {
    gopool::start()
}
