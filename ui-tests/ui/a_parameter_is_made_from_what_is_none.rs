struct Users;

#[derive(Clone)]
struct User;

impl gopool::FromParams for User {
    type From = (gopool::Bearer, Users);

    fn from_params(_: Self::From) -> Result<Self, gopool::Error> {
        Ok(Self)
    }
}

fn main() {}
