//! What operators see of the mesh: its figures in Prometheus, its traces in Jaeger, its shape in Kiali (OPS-10).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::review::v1::ReviewState;
use boxoffice_acceptance::streaming::v1::LicenseState;
use boxoffice_acceptance::{CONTEXTS, Context, PATIENCE, Plan, VISA, Wish, World, eventually, id};
use boxoffice_testkit::servers::{Authority, Seen, Series, Traces};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ingress;
use crate::kube::{ISTIO, Kube};

/// Who calls, and who is called.
type Edges = BTreeSet<(String, String)>;

/// The ingress gateway, as its spans call it.
const INGRESS: &str = "istio-ingressgateway.istio-system";

/// What is between two looks at what others have still to hear of.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks until nothing is missing any more.
async fn complete(mut missing: impl AsyncFnMut() -> Result<Vec<String>>) -> Result<()> {
    let began = Instant::now();
    loop {
        let missing = missing().await?;
        if missing.is_empty() {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "missing: {missing:#?}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// The sidecar of a context, as its spans call it.
fn sidecar(context: &str) -> String {
    format!("{context}.boxoffice")
}

async fn buy(world: &World) -> String {
    let showing = world.admin().schedule(Plan::general(10, 9_000)).await;
    world.customer("alice").buy(Wish::places(&showing, 1).paid_by(VISA)).await.booking_id
}

/// OPS-10
#[tokio::test]
async fn prometheus_scrapes_every_pod_and_every_envoy() -> Result<()> {
    let kube = Kube::here();
    let series = Series::at(&kube.prometheus)?;
    buy(&crate::world()).await;
    let mut scraped = vec![("envoy", kube.gateway().await?.name)];
    for context in CONTEXTS {
        let pod = kube.pod(context.as_str()).await.name;
        scraped.extend([("boxoffice", pod.clone()), ("envoy", pod)]);
    }
    complete(async || {
        let up = series.query("up == 1").await?;
        let is_up = |job: &str, pod: &str| {
            up.iter().any(|it| it.labels["job"] == job && it.labels["pod"] == pod)
        };
        let down = scraped.iter().filter(|(job, pod)| !is_up(job, pod));
        Ok(down.map(|(job, pod)| format!("{job} of {pod}")).collect())
    })
    .await?;
    // Of ourselves, of who was called, and of what an Envoy does on its own for whom it calls.
    let every = CONTEXTS.map(|context| format!("process_uptime_seconds{{app=\"{context}\"}}"));
    let others = [
        "rpc_server_call_duration_seconds_count{app=\"booking\",rpc_method=~\".*PlaceBooking\"}",
        "rpc_client_call_duration_seconds_count{app=\"booking\",rpc_method=~\".*HoldSeats\"}",
        "envoy_cluster_outlier_detection_ejections_active{app=\"booking\",cluster_name=~\".*payment.*\"}",
        "envoy_cluster_upstream_rq_retry{app=\"booking\",cluster_name=~\".*seating.*\"}",
        "envoy_cluster_upstream_rq_pending_overflow{app=\"booking\",cluster_name=~\".*payment.*\"}",
    ];
    complete(async || {
        let mut missing = Vec::new();
        for query in every.iter().map(String::as_str).chain(others) {
            if series.query(query).await?.is_empty() {
                missing.push(query.to_owned());
            }
        }
        Ok(missing)
    })
    .await
}

/// OPS-10, CP-14: what the ingress and the sidecars did is in the trace, and so is what followed by JetStream.
#[tokio::test]
async fn one_ticket_is_one_trace_through_ingress_sidecars_services_and_jetstream() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let traces = Traces::at(&kube.jaeger)?;
    let showing = world.admin().schedule(Plan::general(10, 9_000)).await;
    let (trace, span) = (Uuid::new_v4().simple().to_string(), &id()[..8].repeat(2));
    let wish = json!({"requestId": id(), "paymentMethod": VISA,
        "showing": {"showingId": showing, "quantity": 1}});
    let request =
        world.customer("alice").client(Context::BOOKING).http(Method::POST, "/v1/bookings");
    let request = request.header("traceparent", format!("00-{trace}-{span}-01")).json(&wish);
    let answer: Value = request.send().await?.error_for_status()?.json().await?;
    ensure!(answer["booking"]["state"] == "BOOKING_STATE_CONFIRMED", "{answer}");

    let rpcs = ["booking", "seating", "payment"];
    let followed = ["seating", "delivery", "streaming", "notification", "mypage"];
    let mut spans = Vec::new();
    complete(async || {
        spans = traces.trace(&trace).await?;
        let has = |service: &str, kind: &str| {
            spans.iter().any(|it| it.service == service && it.kind() == kind)
        };
        let envoys = rpcs.map(sidecar).into_iter().chain([INGRESS.to_owned()]);
        let expected = envoys.chain(rpcs.map(str::to_owned)).map(|it| (it, "server"));
        let expected = expected.chain(followed.map(|it| (it.to_owned(), "consumer")));
        let missing = expected.filter(|(service, kind)| !has(service, kind));
        Ok(missing.map(|(service, kind)| format!("a {kind} span of {service}")).collect())
    })
    .await?;
    let by_id: BTreeMap<_, _> = spans.iter().map(|it| (it.id.as_str(), it)).collect();
    let first: Vec<_> = spans.iter().filter(|it| it.parent.as_ref() == Some(span)).collect();
    ensure!(first.len() == 1 && first[0].service == INGRESS, "it does not begin once: {first:#?}");
    for it in &spans {
        let parent = it.parent.as_deref().unwrap_or_default();
        ensure!(parent == span || by_id.contains_key(parent), "an orphan: {it:#?}");
    }
    let held = spans.iter().find(|it| it.service == "seating" && it.kind() == "server");
    let way = way_to(held.context("nobody held seats")?, &by_id);
    let by_sidecars =
        [INGRESS, "booking.boxoffice", "booking", "booking.boxoffice", "seating.boxoffice"];
    ensure!(way == [&by_sidecars[..], &["seating"]].concat(), "{way:?}");
    Ok(())
}

/// Whose spans lead to this one, from the first.
fn way_to<'a>(last: &'a Seen, by_id: &BTreeMap<&str, &'a Seen>) -> Vec<&'a str> {
    let parent = |it: &&'a Seen| by_id.get(it.parent.as_deref()?).copied();
    let mut way: Vec<_> =
        std::iter::successors(Some(last), parent).map(|it| it.service.as_str()).collect();
    way.dedup();
    way.reverse();
    way
}

/// Does whatever makes one context call another, or hear of it.
async fn everything_happens(world: &World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let film = admin.register_film(&format!("The Third Man {}", id())).await.title_id;
    let watched = alice.buy(Wish::home_movie(&film).paid_by(VISA)).await.booking_id;
    let license = alice.sees_license(&watched, LicenseState::Granted).await;
    alice.watch_title(&license.license_id).await.unwrap();
    let review =
        eventually("it may be reviewed", || async { alice.review(&film, 5, "Zither!").await.ok() });
    alice.sees_review(&review.await.review_id, ReviewState::Published).await;
    let unwatched = bob.buy(Wish::home_movie(&film).paid_by(VISA)).await.booking_id;
    bob.sees_license(&unwatched, LicenseState::Granted).await;
    eventually("it is revoked", || async { bob.cancel(&unwatched).await.ok() }).await;

    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    let by_post = Wish::places(&showing, 1).sent_to("Alice", "+82 10 0000 0000", "1 Baker Street");
    let posted = alice.buy(by_post.paid_by(VISA)).await.booking_id;
    alice.sees_parcel(&posted).await;
    admin.remove_title(&film).await.unwrap();
}

/// OPS-10: the sidecars' spans say who calls whom, those of the services who hears of whom; both are what ARCHITECTURE.md has.
#[tokio::test]
async fn who_calls_whom_is_what_the_architecture_says() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let traces = Traces::at(&kube.jaeger)?;
    let began = Instant::now();
    everything_happens(&world).await;
    let calls = edges(&column("calls")?, |caller, called| (sidecar(caller), sidecar(called)));
    let hears = edges(&column("listens to")?, |listener, source| (source.into(), listener.into()));
    let mut seen = Edges::new();
    complete(async || {
        seen = traces.dependencies(began.elapsed()).await?;
        let missing = calls.union(&hears).filter(|it| !seen.contains(*it));
        Ok(missing.map(|(from, to)| format!("{from} → {to}")).collect())
    })
    .await?;
    let names = |name: fn(&str) -> String| CONTEXTS.map(|it| name(it.as_str()));
    let (services, sidecars) = (names(str::to_owned), names(sidecar));
    let among = |names: &[String]| -> Edges {
        let among = |(from, to): &&(String, String)| {
            from != to && names.contains(from) && names.contains(to)
        };
        seen.iter().filter(among).cloned().collect()
    };
    assert_eq!((among(&sidecars), among(&services)), (calls, hears));
    Ok(())
}

/// A column of the table of contexts in ARCHITECTURE.md: the contexts it names, without what is said of them in brackets.
fn column(name: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md"))?;
    let cells = |line: &str| line.split('|').map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    let mut table = page.lines().skip_while(|it| !it.starts_with("| context |"));
    let header = cells(table.next().context("no table of contexts")?);
    let at = header.iter().position(|it| it == name).context("no such column")?;
    let rows = table.skip(1).take_while(|it| it.starts_with('|')).map(cells);
    let named = |cell: &str| {
        let outside = cell.split('(').map(|it| it.rsplit(')').next().unwrap_or_default());
        let words = outside.flat_map(|it| it.split([',', ' '])).map(str::trim).map(str::to_owned);
        words.filter(|it| CONTEXTS.iter().any(|context| context.as_str() == it)).collect()
    };
    Ok(rows.map(|row| (row[1].clone(), named(&row[at]))).collect())
}

fn edges(
    named: &BTreeMap<String, Vec<String>>,
    edge: impl Fn(&str, &str) -> (String, String),
) -> Edges {
    let edge = &edge;
    named.iter().flat_map(|(of, named)| named.iter().map(move |it| edge(of, it))).collect()
}

/// OPS-10: by these Kiali knows what belongs together, and how it speaks.
#[tokio::test]
async fn kiali_finds_names_versions_protocols_and_nothing_to_complain_of() -> Result<()> {
    let kube = Kube::here();
    for context in CONTEXTS {
        let pod = kube.pod(context.as_str()).await;
        let labels = &pod.all["metadata"]["labels"];
        let image = pod.all["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        ensure!(labels["app"] == context.as_str() && labels["version"] == tag, "{image}: {labels}");
    }
    let services = kube.json(&["get", "services"]).await?;
    for service in services["items"].as_array().context("a list has items")? {
        for port in service["spec"]["ports"].as_array().into_iter().flatten() {
            let name = port["name"].as_str().unwrap_or_default();
            let told = match name {
                "grpc" => port["appProtocol"] == "grpc",
                name => name.starts_with("http") || name.starts_with("tcp"),
            };
            ensure!(told, "{}: {port}", service["metadata"]["name"]);
        }
    }
    for namespace in ["boxoffice", ISTIO] {
        let telemetry =
            kube.json(&["get", "-n", namespace, "telemetries.telemetry.istio.io"]).await?;
        let provider = &telemetry["items"][0]["spec"]["tracing"][0]["providers"][0]["name"];
        ensure!(provider == "otel", "{namespace}: {telemetry}");
    }
    // A gateway without its certificate is complained of.
    let authority = Authority::new()?;
    let certificate = ingress::secret(&authority.sign("tickets.example")?)?;
    let certificate = kube.apply_in(ISTIO, &certificate).await?;
    let said = kube.istioctl(&["analyze"]).await?;
    ensure!(!said.contains("[IST"), "{said}");
    certificate.delete().await
}
