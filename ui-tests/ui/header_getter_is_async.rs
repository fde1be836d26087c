use gopool::HeaderMap;

#[gopool::header_getter]
async fn pick(headers: &HeaderMap) -> HeaderMap {
    headers.clone()
}

fn main() {}
