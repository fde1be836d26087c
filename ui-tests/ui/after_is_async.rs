use gopool::Response;

#[gopool::after]
async fn stamp(response: Response) -> Response {
    response
}

fn main() {}
