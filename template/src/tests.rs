use gopool::{Path, test::Client};
use serde_json::{Value, json};

#[test]
fn a_handler_is_a_function() {
    assert!(crate::primes::prime(Path(7)).is_ok());
}

#[test]
fn a_route_is_asked_without_a_socket() {
    let client = Client::start().expect("the routes are sound");
    assert_eq!(client.get("/health").send().text(), "ok");
    let answer = client.get("/v1/primes/1000003").send();
    assert_eq!(
        answer.json::<Value>().expect("it is JSON"),
        json!({ "number": 1_000_003, "is_prime": true })
    );
    let problem = client.get("/v1/primes/1").send();
    assert_eq!(problem.code(), 400);
    assert_eq!(problem.json::<Value>().expect("it is JSON")["number"], 1);
}
