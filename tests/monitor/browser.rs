//! The page in a real browser.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use fantoccini::Locator;
use gopool_tests::{LIMIT, lab};

use crate::{
    chromium::{Browser, block_on},
    counts::kill_master,
    watched::Watched,
};

/// Keeps a mixed load on the program until it is told to stop. Requests that fail while a master is replaced are no matter.
fn load(watched: &Watched, stop: &AtomicBool) {
    const PATHS: [&str; 10] = [
        "/lab/hello?name=x",
        "/lab/hello?name=y",
        "/lab/inline",
        "/lab/fib/22",
        "/lab/users/3/posts/x",
        "/lab/sleep/15",
        "/lab/async-sleep/10",
        "/lab/error/404",
        "/lab/mixed/5/18",
        "/lab/headers",
    ];
    let client = gopool_tests::Client::of(watched.server.address());
    while !stop.load(Ordering::Relaxed) {
        let _ = client.try_get(PATHS[fastrand::usize(..PATHS.len())]);
        thread::sleep(Duration::from_millis(3));
    }
}

/// Makes sure that the load ends also when the test fails.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const ROUTES: &str = "[...document.querySelectorAll('#routes tbody tr')]";

#[test]
fn the_page_shows_a_mixed_load_a_burst_and_a_new_master() {
    let options = "--max-threads 4 --max-queue 200 --idle-timeout 1s --event-loops 1 --timeout 10m";
    let watched = Watched::start_with_daemon(lab().args(options));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = StopOnDrop(&stop);
        (0..3).for_each(|_| drop(scope.spawn(|| load(&watched, &stop))));
        block_on(async {
            let browser = Browser::open().await;
            browser
                .page
                .goto(&format!("http://{}/", watched.address))
                .await
                .unwrap();
            rates_are_shown(&browser).await;
            the_table_sorts(&browser).await;
            the_band_follows_a_burst(&browser, &watched).await;
            for (name, width, theme) in [
                ("light", 1440, "light"),
                ("dark", 1440, "dark"),
                ("phone", 390, "light"),
            ] {
                browser.keep_picture(name, width, theme).await;
            }
            assert_eq!(browser.complaints().await, [""; 0]);
            a_killed_master_is_shown(&browser, &watched).await;
            browser.keep_picture("after-a-restart", 1440, "dark").await;
            // What the browser says of a refused connection is the loss that the page has shown.
            let mut complaints = browser.complaints().await;
            complaints.retain(|one| !one.contains("net::ERR_"));
            assert_eq!(complaints, [""; 0]);
        });
    });
}

async fn rates_are_shown(browser: &Browser) {
    browser
        .until(
            "a rate",
            "return parseFloat(document.getElementById('rate').textContent) > 1",
        )
        .await;
    browser
        .until(
            "times",
            "return /[mµ]?s$/.test(document.getElementById('run99').textContent)",
        )
        .await;
    browser
        .until("routes", &format!("return {ROUTES}.length >= 8"))
        .await;
    let state = browser
        .script("return document.getElementById('state').textContent")
        .await;
    assert!(
        ["Healthy", "Strained"].contains(&state.as_str().unwrap()),
        "{state}"
    );
    let lines = browser.script("return [...document.querySelectorAll('svg.chart path')].filter(path => path.getAttribute('d')).length").await;
    assert!(lines.as_u64() > Some(10), "charts are drawn: {lines}");
}

async fn the_table_sorts(browser: &Browser) {
    let paths = format!("return {ROUTES}.map(row => row.querySelector('.path').textContent)");
    let header = browser
        .page
        .find(Locator::Css("th[data-id=route] button"))
        .await
        .unwrap();
    for (direction, is_falling) in [("ascending", false), ("descending", true)] {
        header.click().await.unwrap();
        let sort = browser
            .script("return document.querySelector('th[data-id=route]').getAttribute('aria-sort')")
            .await;
        assert_eq!(sort, direction);
        let shown: Vec<String> = serde_json::from_value(browser.script(&paths).await).unwrap();
        let mut wanted = shown.clone();
        wanted.sort_by(|one, other| {
            if is_falling {
                other.cmp(one)
            } else {
                one.cmp(other)
            }
        });
        assert_eq!(shown, wanted);
    }
    let rate = browser
        .page
        .find(Locator::Css("th[data-id=rate] button"))
        .await
        .unwrap();
    rate.click().await.unwrap();
    // By keyboard: a button takes Enter as a click, so it is enough that it can be reached.
    let reachable = browser
        .script("return [...document.querySelectorAll('th button')].every(button => button.tabIndex === 0)")
        .await;
    assert_eq!(reachable, true);
}

async fn the_band_follows_a_burst(browser: &Browser, watched: &Watched) {
    let burst: Vec<_> = (0..40)
        .map(|_| watched.server.begin("/lab/polite/600000"))
        .collect();
    browser
        .until(
            "all threads busy",
            "return document.getElementById('t-busy').textContent === '4'",
        )
        .await;
    browser
        .until(
            "a queue",
            "return parseFloat(document.getElementById('queue').textContent) > 0",
        )
        .await;
    let band = "return document.querySelector('#c-threads path.c-busy').getAttribute('d')";
    let height = "const top = [...document.querySelector('#c-threads path.c-busy').getAttribute('d').matchAll(/ ([\\d.]+)/g)].map(found => +found[1]); return Math.min(...top) < 40";
    assert!(
        browser
            .script(band)
            .await
            .as_str()
            .is_some_and(|path| path.len() > 20)
    );
    browser.until("the band rose", height).await;
    drop(burst);
    browser.until("the burst is over", "return document.getElementById('queue').textContent === '0' && parseFloat(document.getElementById('t-busy').textContent) < 4").await;
    browser
        .until(
            "the band fell",
            "return newest.history.threads_busy.at(-1) < 4 && Math.max(...newest.history.threads_busy) >= 4",
        )
        .await;
}

async fn a_killed_master_is_shown(browser: &Browser, watched: &Watched) {
    let before = watched.info();
    browser.script("window.lost = 0; new MutationObserver(() => { if (document.body.classList.contains('lost')) lost++; }).observe(document.body, { attributes: true })").await;
    kill_master(watched, &before);
    browser
        .until("the page said that the connection was lost", "return lost > 0")
        .await;
    let pid = format!(
        "return newest.pid !== {} && !document.body.classList.contains('lost')",
        before["pid"]
    );
    browser.until("the page is back by itself", &pid).await;
    let exits = browser
        .until(
            "the exit",
            "return document.querySelector('#exits tbody')?.innerText",
        )
        .await;
    assert!(
        exits.as_str().is_some_and(|exits| exits.contains("SIGKILL")),
        "{exits}"
    );
    browser
        .until(
            "a rate of the new master",
            "return parseFloat(document.getElementById('rate').textContent) > 1",
        )
        .await;
}

#[test]
fn what_runs_is_shown_and_cancelled_on_the_page() {
    let watched = Watched::start(lab().args("--timeout 1h --max-threads 1 --event-loops 1"));
    let id = "a\"b<c>&d";
    let mut runs = watched.server.connect();
    let request =
        format!("GET /lab/polite/3600000 HTTP/1.1\r\nhost: localhost\r\nx-request-id: {id}\r\n\r\n");
    runs.send(request).unwrap();
    let _waits = watched.server.begin("/lab/held");
    let _late = watched.server.begin("/lab/async-sleep/3600000");
    block_on(async {
        let browser = Browser::open().await;
        let address = watched.address;
        browser.page.goto(&format!("http://{address}/")).await.unwrap();
        const ROWS: &str = "[...document.querySelectorAll('#running tbody tr')]";
        let rows = format!("{ROWS}.map(row => row.innerText.replaceAll('\\n', ' '))");
        let wanted = format!("const rows = {rows}; return rows.length === 3 && rows");
        let shown = browser.until("all are listed", &wanted).await.to_string();
        for part in [
            "/lab/polite/{ms}",
            "running",
            "gopool-1",
            "waiting",
            "event loop 0",
            "127.0.0.1:",
        ] {
            assert!(shown.contains(part), "no `{part}` in {shown}");
        }
        for (name, width, theme) in [("running", 1440, "dark"), ("running-phone", 390, "light")] {
            browser.keep_picture(name, width, theme).await;
        }
        let is_narrow = browser
            .script("return document.documentElement.scrollWidth <= innerWidth")
            .await;
        assert_eq!(is_narrow, true, "a phone need not move the page sideways");
        let button = format!("{ROWS}.find(row => row.innerText.includes('polite')).querySelector('button')");
        let label = browser
            .script(&format!("return {button}.getAttribute('aria-label')"))
            .await;
        assert_eq!(label, format!("Cancel {id}"));
        let press =
            format!("const button = {button}; button.focus(); button.click(); return button.textContent");
        assert_eq!(browser.script(&press).await, "Sure?");
        assert!(watched.server.stats()["running"] == 1, "once is not enough");
        browser.script(&press).await;
        assert_eq!(runs.answer().failure(), (504, "cancelled".to_owned()));
        let gone = format!("return {ROWS}.length > 0 && !{rows}.some(row => row.includes('polite'))");
        browser.until("it is gone", &gone).await;
        assert_eq!(browser.complaints().await, [""; 0]);
    });
}

#[test]
fn a_profile_is_drawn_and_can_be_looked_into() {
    let watched = Watched::start(lab().args("--timeout 1h --max-threads 1"));
    let _busy = watched.server.begin("/lab/spin/3600000");
    watched.until("it runs", |info| info["pool"]["tasks"]["running"] == 1);
    block_on(async {
        let browser = Browser::open().await;
        let profile = format!("http://{}/profile?seconds=1", watched.address);
        browser.page.goto(&profile).await.unwrap();
        let handler = "[...document.querySelectorAll('g')].find(one => one.querySelector('title')?.textContent.includes('lab::work::spin'))";
        browser
            .until(
                "the handler is drawn",
                &format!("return {handler}.getBoundingClientRect().width > 0"),
            )
            .await;
        // Whoever looks closer has it alone; the graph's own script does that.
        let width = format!("return {handler}.querySelector('rect').getBoundingClientRect().width");
        let before = browser.script(&width).await.as_f64();
        let click = format!("{handler}.dispatchEvent(new MouseEvent('click', {{ bubbles: true }})); {width}");
        assert!(browser.script(&click).await.as_f64() >= before, "{before:?}");
        // A picture has no icon of its own, and the browser looks for one.
        let mut complaints = browser.complaints().await;
        complaints.retain(|one| !one.contains("/favicon.ico"));
        assert_eq!(complaints, [""; 0]);
    });
}

#[test]
fn the_page_asks_for_the_token_and_keeps_it_for_the_tab() {
    let token = "a-secret-of-ours";
    let server = lab()
        .args(&format!("--info-url /monitor --info-token {token}"))
        .start();
    block_on(async {
        let browser = Browser::open().await;
        browser
            .page
            .goto(&format!("http://{}/monitor", server.address()))
            .await
            .unwrap();
        for given in ["not-the-right-one", token] {
            browser
                .until("it asks", "return document.getElementById('ask').open")
                .await;
            let field = browser.page.find(Locator::Id("token")).await.unwrap();
            field.send_keys(given).await.unwrap();
            browser
                .page
                .find(Locator::Css("#ask .main"))
                .await
                .unwrap()
                .click()
                .await
                .unwrap();
        }
        browser
            .until(
                "it shows the monitor",
                "return document.getElementById('state').textContent === 'Healthy'",
            )
            .await;
        browser.page.refresh().await.unwrap();
        browser
            .until(
                "it remembers",
                "return document.getElementById('state').textContent === 'Healthy'",
            )
            .await;
        assert_eq!(
            browser.script("return document.getElementById('ask').open").await,
            false
        );
        // A wrong token is an answer that the browser complains of.
        let mut complaints = browser.complaints().await;
        complaints.retain(|one| !one.contains("status of 401"));
        assert_eq!(complaints, [""; 0]);
    });
}

#[test]
fn what_the_other_tests_want_silent_can_speak() {
    let server = lab().args("--info-url /monitor").start();
    block_on(async {
        let browser = Browser::open().await;
        let page = format!("http://{}/monitor", server.address());
        browser.page.goto(&page).await.unwrap();
        for (script, wanted) in [
            ("console.error('an error')", "an error"),
            ("console.warn('a warning')", "a warning"),
            ("fetch('/nowhere')", "status of 404"),
            ("fetch('http://127.0.0.2:9/')", "Content Security Policy"),
            ("setTimeout(() => nothing.there)", "nothing is not defined"),
        ] {
            browser.script(&format!("{script}; return true")).await;
            let end = Instant::now() + LIMIT;
            loop {
                let complaints = browser.complaints().await;
                if complaints.iter().any(|one| one.contains(wanted)) {
                    break;
                }
                assert!(Instant::now() < end, "`{script}` was not heard: {complaints:?}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
}

/// More tabs than connections that a browser keeps to one server.
const TABS: usize = 9;

#[test]
fn many_tabs_do_not_starve_each_other() {
    let server = lab().args("--info-url /monitor").start();
    block_on(async {
        let browser = Browser::open().await;
        for tab in 1..=TABS {
            if tab > 1 {
                let opened = browser.page.new_window(true).await.unwrap();
                browser.page.switch_to_window(opened.handle).await.unwrap();
            }
            browser
                .page
                .goto(&format!("http://{}/monitor", server.address()))
                .await
                .unwrap();
            browser
                .until(&format!("tab {tab} shows data"), "return newest !== null")
                .await;
        }
        let hidden = browser.page.windows().await.unwrap().swap_remove(0);
        browser.page.switch_to_window(hidden).await.unwrap();
        browser.script("window.last = heard; return true").await;
        browser
            .until(
                "a tab that is looked at again goes on",
                "return heard > window.last",
            )
            .await;
    });
}
