//! What an operator sees and is woken by: a real Prometheus reads a platform, its rules and panels name what is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{
    CONTEXTS, Context, Fleet, Plan, Settings, VISA, Wish, World, eventually, in_fleet,
};
use boxoffice_testkit::platform::Platform as _;
use boxoffice_testkit::servers::{Prometheus, free_port, promtool};
use serde_json::Value;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn alerts() -> PathBuf {
    repository().join("deploy/prometheus/alerts.yaml")
}

fn operations() -> String {
    std::fs::read_to_string(repository().join("docs/operations.md")).unwrap()
}

/// Waits until the only value of a query is one that `wanted` takes.
async fn shows(prometheus: &Prometheus, query: &str, wanted: impl Fn(f64) -> bool) -> f64 {
    eventually(&format!("{query} is as it should be"), || async {
        let found = prometheus.query(query).await.unwrap();
        let [one] = found.as_slice() else { return None };
        Some(one.value).filter(|value| wanted(*value))
    })
    .await
}

/// NFR-15: the rules are sound, and ring when they should, and only then.
#[test]
fn the_alerts_ring_when_they_should() {
    let deploy = repository().join("deploy/prometheus");
    for arguments in [
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts_test.yaml"],
        ["check", "config", "prometheus.yaml"],
    ] {
        promtool(&deploy, &arguments, "").unwrap();
    }
}

/// NFR-15: all that the manual, the alerts and the dashboard speak of is there after one ticket was bought, and no more.
#[tokio::test]
async fn the_manual_the_alerts_and_the_dashboard_name_what_is_there() {
    let shown_at = format!("127.0.0.1:{}", free_port().unwrap());
    let settings = Settings::default().flag("metrics-listen", &shown_at);
    boxoffice_acceptance::run_single(settings, async move |world, _| {
        let showing = world.admin().schedule(Plan::general(100, 9_000)).await;
        world.customer("alice").buy(Wish::places(&showing, 2).paid_by(VISA)).await;
        world.comes_to_rest().await;

        let url = format!("http://{shown_at}/metrics");
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        promtool(&repository(), &["check", "metrics"], &text).unwrap();
        let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let families: BTreeSet<_> = kinds.map(|(name, _)| name.to_owned()).collect();
        assert_eq!(listed(&operations()), families, "left: docs/operations.md, right: /metrics");

        let prometheus = Prometheus::scraping(&[shown_at], &alerts()).await.unwrap();
        shows(&prometheus, "sum(up)", |up| up == 1.0).await;
        let names = prometheus.names().await.unwrap();
        runbooks_exist_and_queries_name(&prometheus.rules().await.unwrap(), &names);
        panels_name(&prometheus, &names).await;
    })
    .await;
}

/// The metrics in the manual's table.
fn listed(manual: &str) -> BTreeSet<String> {
    let (_, section) = manual.split_once("\n## Metrics\n").expect("a section on metrics");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(name, _)| name.to_owned()).collect()
}

fn runbooks_exist_and_queries_name(rules: &[Value], names: &BTreeSet<String>) {
    let manual = operations();
    let headings = manual.lines().filter(|line| line.starts_with('#'));
    let anchors: BTreeSet<_> = headings
        .map(|it| it.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"))
        .collect();
    assert!(rules.len() >= 8, "{rules:?}");
    for rule in rules {
        let query = rule["query"].as_str().unwrap();
        assert!(metrics_in(query).is_subset(names), "{:?} of {query}", metrics_in(query));
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning"].contains(&severity), "{rule}");
        assert!(!rule["annotations"]["summary"].as_str().unwrap().is_empty(), "{rule}");
        let runbook = rule["annotations"]["runbook_url"].as_str().unwrap();
        let anchor = runbook.strip_prefix("docs/operations.md#").expect(runbook);
        assert!(anchors.contains(anchor), "no section {anchor} in docs/operations.md");
        assert_eq!(anchor, rule["name"].as_str().unwrap().to_lowercase());
    }
}

async fn panels_name(prometheus: &Prometheus, names: &BTreeSet<String>) {
    let file = repository().join("deploy/grafana/boxoffice.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: Vec<_> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.len() > 20, "{queries:?}");
    for query in queries {
        assert!(!metrics_in(query).is_empty(), "{query}");
        assert!(metrics_in(query).is_subset(names), "{:?} of {query}", metrics_in(query));
        prometheus.query(&query.replace("$__rate_interval", "1m")).await.unwrap();
    }
}

/// The metrics a query reads: its words, without labels, ranges, functions and operators.
fn metrics_in(query: &str) -> BTreeSet<String> {
    const OPERATORS: [&str; 8] = ["and", "bool", "by", "ignoring", "on", "or", "unless", "without"];
    let mut found = BTreeSet::new();
    let mut left = query;
    while let Some(at) =
        left.find(|it: char| it.is_ascii_alphabetic() || "{[0123456789".contains(it))
    {
        left = &left[at..];
        let skipped = match left.chars().next() {
            Some('{') => left.find('}'),
            Some('[') => left.find(']'),
            Some(_) | None => None,
        };
        if let Some(end) = skipped {
            left = &left[end + 1..];
            continue;
        }
        let end = left.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let (word, rest) = left.split_at(end.unwrap_or(left.len()));
        left = rest;
        if ["by", "ignoring", "on", "without"].contains(&word) {
            left = left.split_once(')').map_or("", |(_, rest)| rest);
        }
        let rest = rest.trim_start();
        let is_function = ["(", "by ", "without "].iter().any(|it| rest.starts_with(it));
        let is_number = word.starts_with(|it: char| it.is_ascii_digit());
        if !is_function && !is_number && !OPERATORS.contains(&word) {
            found.insert(word.to_owned());
        }
    }
    found
}

#[test]
fn the_metrics_of_a_query_are_found() {
    let query = "max by (le) (rate(a_bucket{job=\"x\", up=~\"(b|c)\"}[5m])) / ignoring (d) e_total > 0.05 or absent(up{a=\"b\"})";
    let found: Vec<_> = metrics_in(query).into_iter().collect();
    assert_eq!(found, ["a_bucket", "e_total", "up"]);
}

/// NFR-15, OPS-10: while the payment provider is slow, and then the broker away, an operator sees so, and where.
async fn prometheus_sees_what_is_slow(world: World, fleet: Arc<Fleet>) {
    const TRACE: &str = "2bf7651916cd43dd8448eb211c80319e";
    let mut targets = Vec::new();
    for context in CONTEXTS {
        targets.push(fleet.metrics(context).await.unwrap());
    }
    let prometheus = Prometheus::scraping(&targets, &alerts()).await.unwrap();
    let sees = async |query: &str, wanted: fn(f64) -> bool| shows(&prometheus, query, wanted).await;
    sees("sum(up{job=\"boxoffice\"})", |up| up == 9.0).await;

    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    alice.buy(Wish::places(&showing, 2).paid_by(VISA)).await;
    sees("max(boxoffice_seats{state=\"sold\"})", |seats| seats == 2.0).await;
    sees("sum(boxoffice_events_published_total{event=\"BookingConfirmed\"})", |said| said == 1.0)
        .await;
    let approved = "sum(boxoffice_provider_call_duration_seconds_count{operation=\"charge\", outcome=\"approved\"})";
    sees(approved, |calls| calls == 1.0).await;

    let url = format!("{}/v1/showings/{showing}", fleet.url(Context::SEATING));
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let sent = reqwest::Client::new().get(url).header("traceparent", traceparent).send();
    assert!(sent.await.unwrap().status().is_success());
    eventually("the duration of a call leads to its trace", || async {
        let of = "rpc_server_call_duration_seconds_bucket{rpc_method=\"boxoffice.seating.v1.SeatingService/GetShowing\"}";
        prometheus.traces(of).await.unwrap().contains(&TRACE.to_owned()).then_some(())
    })
    .await;

    world.platform.restart_with(Context::PAYMENT, &[("simulator-latency", "4s")]).await.unwrap();
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let booking = alice.place(Wish::places(&showing, 1).paid_by(VISA)).await.unwrap();
        assert_eq!(booking.state(), BookingState::AwaitingPayment);
        waiting.push(booking.booking_id);
    }
    sees("max(boxoffice_breaker_state{breaker=\"payment-provider\", state=\"closed\"})", |it| {
        it == 0.0
    })
    .await;
    sees("sum(boxoffice_provider_call_duration_seconds_count{outcome=\"timeout\"})", |it| {
        it >= 1.0
    })
    .await;
    sees("max(boxoffice_sagas{state=\"awaiting_payment\"})", |it| it == 5.0).await;
    sees("max(boxoffice_saga_oldest_age_seconds{state=\"awaiting_payment\"})", |it| it > 1.0).await;
    sees("sum(boxoffice_payments_unsettled{state=\"pending\"})", |it| it >= 1.0).await;
    let placed = "boxoffice.booking.v1.BookingService/PlaceBooking";
    let slow = format!("max(rpc_server_call_duration_seconds_sum{{rpc_method=\"{placed}\"}})");
    shows(&prometheus, &slow, |seconds| seconds > 1.0).await;
    let asked = "sum(rpc_client_call_duration_seconds_count{rpc_method=~\".*/ApprovePayment\", instance=\"BOOKING\"})";
    let asked = asked.replace("BOOKING", &fleet.metrics(Context::BOOKING).await.unwrap());
    shows(&prometheus, &asked, |calls| calls >= 2.0).await;
    sees("max(boxoffice_outbox_lag_seconds)", |lag| lag == 0.0).await;

    world.platform.broker_down().await.unwrap();
    admin.schedule(Plan::general(100, 9_000)).await;
    sees("max(boxoffice_outbox_unpublished{context=\"seating\"})", |events| events == 1.0).await;
    sees("max(boxoffice_outbox_lag_seconds{context=\"seating\"})", |lag| lag > 1.0).await;
    world.platform.broker_up().await.unwrap();
    sees("max(boxoffice_outbox_unpublished)", |events| events == 0.0).await;

    world.platform.restart_with(Context::PAYMENT, &[]).await.unwrap();
    for booking in &waiting {
        alice.sees(booking, BookingState::Confirmed).await;
    }
    sees("max(boxoffice_sagas)", |it| it == 0.0).await;
    sees("max(boxoffice_seats_oversold)", |seats| seats == 0.0).await;
}
in_fleet!(prometheus_sees_what_is_slow, Settings::default().scraped());
