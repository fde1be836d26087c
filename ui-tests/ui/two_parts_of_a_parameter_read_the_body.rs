#[derive(Clone, gopool::Param)]
struct Signed;

impl gopool::FromParams for Signed {
    type From = gopool::Bytes;

    fn from_params(_: Self::From) -> Result<Self, gopool::Error> {
        Ok(Self)
    }
}

#[gopool::post("/items")]
fn item(_signed: Signed, text: String) -> String {
    text
}

fn main() {}
