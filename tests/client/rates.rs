//! How many requests one caller may make. The periods are so long that no machine is slow enough for them to end.

use gopool::test::{Answer, Client};

#[gopool::get("/rates/own", rate = "3/h", rate_by = "x-api-key")]
fn own() -> &'static str {
    "yours"
}

#[gopool::post("/rates/body", rate = "1/h", rate_by = "x-api-key", max_body = "4B")]
async fn body(body: String) -> String {
    body
}

#[gopool::get("/rates/inline", rate = "1/h", rate_by = "x-api-key", run = "inline")]
fn inline() -> &'static str {
    "here"
}

/// Who has no address is one caller.
#[gopool::get("/rates/peer", rate = "2/24h")]
fn peer() -> &'static str {
    "whoever you are"
}

mod grouped {
    gopool::group! { prefix = "/rates/grouped", rate = "1/h", rate_by = "x-api-key" }

    #[gopool::get("/one")]
    fn one() {}

    #[gopool::get("/other")]
    fn other() {}

    #[gopool::get("/more", rate = "2/h", rate_by = "x-other")]
    fn more() {}
}

fn get(client: &Client, path: &str, key: &str) -> Answer {
    client.get(path).header("x-api-key", key).send()
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back_and_others_are_not() {
    let client = Client::start().unwrap();
    for _ in 0..3 {
        assert_eq!(get(&client, "/rates/own", "a").code(), 200);
    }
    let refused = get(&client, "/rates/own", "a");
    let problem: serde_json::Value = refused.json().unwrap();
    assert_eq!(
        (refused.code(), &problem["type"]),
        (429, &"urn:gopool:problem:rate-limited".into())
    );
    assert_eq!(problem["detail"], "at most 3/h for each `x-api-key`");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=1200).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"rate\";q=3;w=3600"));
    assert!(
        refused
            .header("ratelimit")
            .unwrap()
            .starts_with("\"rate\";r=0;t=")
    );
    assert_eq!(get(&client, "/rates/own", "b").code(), 200);
    // Those without the header are one caller, too.
    let without = || client.get("/rates/own").send().code();
    assert_eq!([without(), without(), without(), without()], [200, 200, 200, 429]);
    // What no route has, or this one not, is not counted.
    assert_eq!(
        client.post("/rates/own").header("x-api-key", "a").send().code(),
        405
    );
}

#[test]
fn it_holds_wherever_the_handler_runs_and_before_the_body_is_looked_at() {
    let client = Client::start().unwrap();
    let post = |text: &str| {
        client
            .post("/rates/body")
            .header("x-api-key", "a")
            .body(text.to_owned())
            .send()
    };
    assert_eq!(post("four").code(), 200);
    assert_eq!(post("too long").code(), 429);
    assert_eq!(
        [
            get(&client, "/rates/inline", "a").code(),
            get(&client, "/rates/inline", "a").code()
        ],
        [200, 429]
    );
    let peer = || client.get("/rates/peer").send().code();
    assert_eq!([peer(), peer(), peer()], [200, 200, 429]);
}

#[test]
fn a_group_gives_its_rate_to_each_route_that_has_none() {
    let client = Client::start().unwrap();
    let codes = |path: &str| [get(&client, path, "a").code(), get(&client, path, "a").code()];
    assert_eq!(codes("/rates/grouped/one"), [204, 429]);
    assert_eq!(codes("/rates/grouped/other"), [204, 429]);
    assert_eq!(codes("/rates/grouped/more"), [204, 204]);
    assert_eq!(get(&client, "/rates/grouped/more", "b").code(), 429);
}
