use gopool::{Call, Error, params::Param};

struct Length(usize);

impl Param for Length {
    fn read(call: &Call) -> Result<Self, Error> {
        Ok(Self(call.request().path().len()))
    }
}

#[gopool::get("/users")]
fn users(length: Option<Length>) -> String {
    length.map_or_else(String::new, |length| length.0.to_string())
}

fn main() {}
