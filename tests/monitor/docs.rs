//! The page of the OpenAPI document, from outside and in a real browser.

use gopool_tests::program;
use serde_json::Value;

use crate::chromium::{Browser, block_on};

const SHOWN: &str =
    "return document.body.dataset.docs === 'shown' && document.querySelectorAll('.opblock').length > 10";

#[test]
fn the_page_shows_the_routes_and_tries_one_out_without_breaking_its_policy() {
    let server = program("gopool-fixture-shop").args("--docs-url /docs").start();
    block_on(async {
        let browser = Browser::open().await;
        let page = format!("http://{}/docs", server.address());
        browser.page.goto(&page).await.unwrap();
        browser.until("the operations are shown", SHOWN).await;
        for (what, operation, typed, answer) in [
            ("a list", "items-items_list", None, "\"thing\""),
            ("one of them", "items-items_one", Some("7"), "\"thing\""),
        ] {
            let of = format!("document.getElementById('operations-{operation}')");
            let press = |button: &str| {
                format!("const it = {of}?.querySelector('{button}'); it?.click(); return !!it")
            };
            browser.until(what, &press(".opblock-summary-control")).await;
            browser
                .until("it can be tried out", &press(".try-out__btn"))
                .await;
            if let Some(text) = typed {
                browser
                    .until(
                        "its parameter has a field",
                        &format!("return !!{of}.querySelector('input:not([disabled])')"),
                    )
                    .await;
                let field = format!("#operations-{operation} input:not([disabled])");
                let field = browser.page.find(fantoccini::Locator::Css(&field)).await.unwrap();
                field.send_keys(text).await.unwrap();
            }
            let live = format!("{of}.querySelector('.live-responses-table')");
            // What is typed counts a moment later, so it is sent until there is an answer.
            let send = format!(
                "if (!{live}) {of}.querySelector('.execute')?.click(); return {live}?.querySelector('tbody .response-col_status')?.innerText"
            );
            let status = browser.until("an answer is shown", &send).await;
            assert!(status.as_str().unwrap().starts_with("200"), "{what}: {status}");
            let body = browser.script(&format!("return {live}.innerText")).await;
            assert!(body.as_str().unwrap().contains(answer), "{what}: {body}");
        }
        let elsewhere = "return performance.getEntriesByType('resource').filter(it => !it.name.startsWith(location.origin) && !it.name.startsWith('data:')).map(it => it.name)";
        assert_eq!(browser.script(elsewhere).await, serde_json::json!([]));
        assert_eq!(browser.complaints().await, [""; 0]);
    });
}

#[test]
fn the_document_of_the_page_is_that_of_the_command() {
    let server = program("gopool-fixture-shop")
        .args("--docs-url /docs/api")
        .start();
    let served = server.get("/docs/api/openapi.json");
    assert_eq!(
        (served.status, served.header("content-type")),
        (200, Some("application/json"))
    );
    let printed = program("gopool-fixture-shop").arg("openapi").run();
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(served.json(), printed);
    assert!(
        printed["paths"]
            .as_object()
            .unwrap()
            .keys()
            .all(|path| !path.starts_with("/docs"))
    );
    let page = server.get("/docs/api");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("style-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(server.get("/docs").status, 404);
    let head = server.send("HEAD", "/docs/api", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn a_page_that_would_hide_a_route_refuses_the_launch() {
    for command in ["", "check"] {
        let ended = program("gopool-fixture-shop")
            .args(command)
            .args("--no-daemon --port 0 --docs-url /v1/items")
            .run();
        ended.assert_says(
            1,
            &[
                "`--docs-url /v1/items` would hide",
                "GET /v1/items/{id}",
                "choose another path",
            ],
        );
    }
    let ended = program("gopool-fixture-shop")
        .args("--docs-url /docs --info-url /docs/info")
        .run();
    ended.assert_says(2, &["`--docs-url`", "`--info-url`", "one lies below the other"]);
    let ended = program("gopool-fixture-shop").args("--docs-url docs").run();
    ended.assert_says(2, &["`--docs-url` cannot be `docs`", "a path such as `/docs`"]);
}
