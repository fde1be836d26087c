use gopool::Body;

#[gopool::post("/users")]
fn create<T: serde::de::DeserializeOwned>(user: Body<T>) {
    drop(user);
}

fn main() {}
