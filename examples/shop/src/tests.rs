//! Each route, asked without a socket, with a database that is real.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap fails the test"
)]

use std::{
    io::Cursor,
    ops::Deref,
    sync::{Arc, Mutex, Weak},
};

use gopool::test::{Answer, Client};
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

mod postgres;

use postgres::Postgres;

/// The database of the tests that run now; the last of them ends it.
static POSTGRES: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// Where it is.
pub(crate) fn database() -> String {
    let postgres = POSTGRES.lock().unwrap().upgrade();
    postgres.expect("a test has it").address()
}

/// The shop, open, and its database.
struct Shop {
    client: Client,
    _postgres: Arc<Postgres>,
}

impl Deref for Shop {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn shop() -> Shop {
    let postgres = {
        let mut running = POSTGRES.lock().unwrap();
        running.upgrade().unwrap_or_else(|| {
            let postgres = Arc::new(Postgres::start());
            *running = Arc::downgrade(&postgres);
            postgres
        })
    };
    let client = Client::start().expect("the routes are sound");
    Shop {
        client,
        _postgres: postgres,
    }
}

impl Shop {
    /// A new customer's token.
    fn customer(&self, name: &str) -> String {
        let who = json!({ "name": name, "password": "correct horse" });
        assert_eq!(self.post("/v1/accounts").json(&who).send().code(), 201);
        let session = self.post("/v1/session").json(&who).send();
        assert_eq!(session.code(), 200, "{}", session.text());
        body(&session)["token"].as_str().unwrap().to_owned()
    }

    /// The id of a new item.
    fn item(&self, token: &str, stock: u32) -> i64 {
        let new = json!({ "name": "a chair", "cents": 4900, "stock": stock });
        let answer = self
            .post("/v1/items")
            .header("authorization", bearer(token))
            .json(&new)
            .send();
        assert_eq!(answer.code(), 201, "{}", answer.text());
        body(&answer)["id"].as_i64().unwrap()
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn body(answer: &Answer) -> Value {
    answer.json().expect("it is JSON")
}

#[test]
fn who_signs_in_has_a_cookie_and_a_token() {
    let shop = shop();
    let who = json!({ "name": "ann", "password": "correct horse" });
    assert_eq!(shop.post("/v1/accounts").json(&who).send().code(), 201);
    let taken = shop.post("/v1/accounts").json(&who).send();
    assert_eq!(
        (taken.code(), &body(&taken)["title"]),
        (409, &json!("Name taken"))
    );
    let session = shop.post("/v1/session").json(&who).send();
    let cookie = session.header("set-cookie").unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let (pair, _) = cookie.split_once(';').unwrap();
    assert_eq!(
        shop.delete("/v1/session").header("cookie", pair).send().code(),
        204
    );
    for wrong in [
        json!({ "name": "ann", "password": "wrong" }),
        json!({ "name": "nobody", "password": "wrong" }),
    ] {
        let refused = shop.post("/v1/session").json(&wrong).send();
        assert_eq!(refused.code(), 401);
        assert!(refused.header("www-authenticate").is_some());
    }
    let forged = shop
        .delete("/v1/session")
        .header("authorization", "Bearer 1.99999999999.AAAA")
        .send();
    assert_eq!(forged.code(), 401);
}

#[test]
fn items_are_added_by_customers_and_listed_for_all() {
    let shop = shop();
    let new = json!({ "name": "a chair", "cents": 4900, "stock": 1 });
    assert_eq!(shop.post("/v1/items").json(&new).send().code(), 401);
    let token = shop.customer("ben");
    let id = shop.item(&token, 3);
    let item = shop.get(&format!("/v1/items/{id}")).send();
    assert_eq!(
        body(&item),
        json!({ "id": id, "name": "a chair", "cents": 4900, "stock": 3 })
    );
    let listed = shop.get(&format!("/v1/items?from={id}&limit=1")).send();
    assert_eq!(body(&listed)[0]["id"], id);
    let missing = shop.get("/v1/items/0").send();
    assert_eq!((missing.code(), &body(&missing)["id"]), (404, &json!(0)));
    let wrong = json!({ "name": "a\u{0}", "cents": 0, "stock": -1 });
    let refused = shop
        .post("/v1/items")
        .header("authorization", bearer(&token))
        .json(&wrong)
        .send();
    let errors = body(&refused)["errors"].clone();
    let pointers = errors.as_array().unwrap().iter();
    let pointers: Vec<_> = pointers.filter_map(|error| error["pointer"].as_str()).collect();
    assert_eq!(
        (refused.code(), &pointers[..]),
        (422, &["#/cents", "#/name", "#/stock"][..])
    );
    assert_eq!(shop.get("/v1/items?limit=101").send().code(), 400);
}

#[test]
fn the_document_knows_the_routes_their_rules_and_who_may_use_them() {
    let document = gopool::test::openapi_of(&crate::app());
    let add = &document["paths"]["/v1/items"]["post"];
    assert_eq!(add["security"], json!([{ "bearer": [] }, { "session": [] }]));
    let name = &document["components"]["schemas"]["NewItem"]["properties"]["name"];
    assert_eq!((&name["minLength"], &name["maxLength"]), (&json!(1), &json!(200)));
    assert!(document["paths"]["/v1/session"]["post"]["responses"]["429"].is_object());
    let order = &document["paths"]["/v1/items/{id}/orders"]["post"]["responses"];
    assert_eq!(
        order["201"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/Order"
    );
}

#[test]
fn what_is_sold_out_is_a_conflict_and_nothing_is_sold_twice() {
    let shop = shop();
    let token = shop.customer("cat");
    let id = shop.item(&token, 1);
    let order = || {
        let request = shop.post(&format!("/v1/items/{id}/orders"));
        request.header("authorization", bearer(&token)).send()
    };
    assert_eq!(order().code(), 201);
    let refused = order();
    assert_eq!(
        (refused.code(), &body(&refused)["title"]),
        (409, &json!("Sold out"))
    );
}

#[test]
fn a_picture_is_made_small_and_what_is_none_is_refused() {
    let shop = shop();
    let token = shop.customer("dan");
    let id = shop.item(&token, 1);
    let path = format!("/v1/items/{id}/picture");
    let mut png = Cursor::new(Vec::new());
    RgbImage::new(800, 400)
        .write_to(&mut png, ImageFormat::Png)
        .unwrap();
    let put = |bytes: Vec<u8>| {
        shop.put(&path)
            .header("authorization", bearer(&token))
            .body(bytes)
            .send()
    };
    assert_eq!(put(png.into_inner()).code(), 204);
    let kept = shop.get(&path).send();
    assert_eq!(kept.header("content-type"), Some("image/jpeg"));
    let small = image::load_from_memory(kept.bytes()).unwrap();
    assert_eq!((small.width(), small.height()), (200, 100));
    let refused = put(b"GIF89a, or so it says".to_vec());
    assert_eq!(
        (refused.code(), &body(&refused)["title"]),
        (422, &json!("No picture"))
    );
}

#[test]
fn a_report_is_as_long_as_asked() {
    let shop = shop();
    let token = shop.customer("eve");
    let report = |lines: u64| {
        let request = shop.get(&format!("/v1/report?lines={lines}"));
        request.header("authorization", bearer(&token)).send()
    };
    assert_eq!(report(100_000).text().lines().count(), 100_001);
    assert_eq!(report(10_000_001).code(), 400);
}
