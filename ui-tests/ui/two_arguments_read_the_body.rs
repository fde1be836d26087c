use gopool::{Body, Form};

#[gopool::post("/users")]
fn create(json: Body<Vec<u8>>, form: Form<Vec<(String, String)>>) -> String {
    format!("{}{}", json.len(), form.len())
}

fn main() {}
