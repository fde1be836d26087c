use gopool::Method;

#[gopool::get("/users")]
fn users(method: Option<Method>) -> String {
    method.map_or_else(String::new, |method| method.to_string())
}

fn main() {}
