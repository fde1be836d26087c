use gopool::HeaderMap;

#[gopool::header_getter]
fn pick(headers: HeaderMap) -> HeaderMap {
    headers
}

fn main() {}
