use gopool::HeaderMap;

#[gopool::header_getter]
fn pick(headers: &HeaderMap) {
    let _ = headers;
}

fn main() {}
