#[derive(gopool::Param)]
struct User;

impl gopool::FromParams for User {
    type From = gopool::Bearer;

    fn from_params(_: Self::From) -> Result<Self, gopool::Error> {
        Ok(Self)
    }
}

fn main() {}
