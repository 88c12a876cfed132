//! What is measured can be seen, on a port for nothing else, and no caller makes a new series.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use boxoffice_contracts::payment::v1::ApprovePaymentRequest;
use boxoffice_contracts::payment::v1::payment_approval_service_client::PaymentApprovalServiceClient;
use boxoffice_kernel::Context;
use boxoffice_runtime::{
    Auth, Breaker, BreakerConfig, CallError, DevIssuer, Limits, Listen, Peers, Server,
};
use boxoffice_telemetry::metrics::expose;
use boxoffice_testkit::servers::promtool;
use reqwest::{Client, Method, StatusCode};
use tonic::{Code, Request};
use url::Url;

use crate::fake::approval;
use crate::world::{query, traced, world};

const OPENMETRICS: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// The value of a series, by its name and labels as they are shown; `None`: there is none.
fn value(series: &str) -> Option<f64> {
    let shown = expose("").body;
    let value = shown.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map(|value| value.parse().unwrap())
}

async fn counted(series: &str) -> f64 {
    let begun = Instant::now();
    loop {
        match value(series) {
            Some(value) if value > 0.0 => return value,
            Some(_) | None => assert!(begun.elapsed() < Duration::from_secs(20), "{series}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn calls(side: &str, method: &str, code: &str) -> String {
    let labels = format!(
        "rpc_system_name=\"grpc\",rpc_method=\"{method}\",rpc_response_status_code=\"{code}\""
    );
    format!("rpc_{side}_call_duration_seconds_count{{{labels}}}")
}

/// NFR-15.
#[tokio::test]
async fn metrics_are_shown_as_they_are_asked_for_and_nothing_else_is() {
    traced();
    let directory = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(&directory.path().join("dev.pem")).unwrap();
    let mut server = Server::new(Auth::development(issuer), Limits::default());
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let shown_at = server.show_metrics(anywhere).await.unwrap();
    let running = server.start(Listen::on(anywhere)).await.unwrap();
    let main = running.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(running.until(async move { _ = stopped.await }));

    let get = async |accept: &str| {
        let url = format!("http://{shown_at}/metrics");
        let answer = client().get(url).header("accept", accept).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.text().await.unwrap())
    };
    let (kind, body) = get(OPENMETRICS).await;
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    let (kind, body) = get("*/*").await;
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    promtool(directory.path(), &["check", "metrics"], &body).unwrap();
    assert!(body.contains("\nprocess_memory_usage_bytes "), "{body}");

    for (method, address, path, expected) in [
        (Method::POST, shown_at, "/metrics", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, shown_at, "/", StatusCode::NOT_FOUND),
        (Method::GET, shown_at, "/openapi.json", StatusCode::NOT_FOUND),
        (Method::GET, shown_at, "/v1/titles", StatusCode::NOT_FOUND),
        (Method::POST, shown_at, "/grpc.health.v1.Health/Check", StatusCode::NOT_FOUND),
        (Method::GET, main, "/metrics", StatusCode::NOT_FOUND),
    ] {
        let url = format!("http://{address}{path}");
        let status = client().request(method, &url).send().await.unwrap().status();
        assert_eq!(status, expected, "{url}");
    }
    stop.send(()).unwrap();
    ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_before_anything_starts() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(&directory.path().join("dev.pem")).unwrap();
    let mut server = Server::new(Auth::development(issuer), Limits::default());
    let error = server.show_metrics(taken.local_addr().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("choose another address or port"), "{error}");
}

/// NFR-15: a slow call leads to its trace.
#[tokio::test]
async fn a_call_is_timed_by_rpc_and_status_with_its_trace() {
    const TRACE: &str = "1af7651916cd43dd8448eb211c80319d";
    let world = world().await;
    let mut request = Request::new(query("sleep 30"));
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    world.catalog().list_titles(request).await.unwrap();
    let of = "rpc_method=\"boxoffice.catalog.v1.CatalogService/ListTitles\",rpc_response_status_code=\"OK\"";
    let exemplar = format!(" # {{trace_id=\"{TRACE}\"}} ");
    let shown = expose(OPENMETRICS).body;
    let mut buckets =
        shown.lines().filter(|it| it.starts_with("rpc_server_call_duration_seconds_bucket{"));
    assert!(buckets.any(|it| it.contains(of) && it.contains(&exemplar)), "{shown}");
    assert!(!expose("").body.contains(TRACE), "the older format has no exemplars");
}

#[tokio::test]
async fn a_path_that_is_no_rpc_makes_no_series() {
    let world = world().await;
    let http2 = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    for path in ["/boxoffice.catalog.v1.CatalogService/Sing", "/a.b.C/D", "/x\"y\\z/%0A", "/"] {
        let sent = http2.post(world.url(path)).header("content-type", "application/grpc");
        sent.send().await.unwrap();
    }
    assert!(counted(&calls("server", "_OTHER", "UNIMPLEMENTED")).await >= 2.0);
    let shown = expose("").body;
    assert!(!shown.contains("Sing") && !shown.contains("a.b.C"), "{shown}");
}

/// OPS-01: who is not waited for any more is seen, too, on both sides.
#[tokio::test]
async fn a_call_that_is_given_up_is_timed_and_the_breaker_says_where_it_stands() {
    const APPROVE: &str = "boxoffice.payment.v1.PaymentApprovalService/ApprovePayment";
    let world = world().await;
    let auth = Auth::development(world.issuer.clone());
    let server = Server::new(auth.clone(), Limits::default());
    let urls = [(Context::PAYMENT, Url::parse(&world.url("")).unwrap())].into();
    let peers = Peers::new([], &urls, server.grpc(), &auth).unwrap();
    let client = PaymentApprovalServiceClient::new(peers.get(Context::PAYMENT));
    let request = || ApprovePaymentRequest { payment_method: "sleep 60000".into(), ..approval() };

    let given_up = tokio::time::timeout(Duration::from_millis(300), {
        let mut client = client.clone();
        async move { client.approve_payment(request()).await }
    });
    given_up.await.unwrap_err();
    counted(&calls("client", APPROVE, "CANCELLED")).await;
    counted(&calls("server", APPROVE, "CANCELLED")).await;

    let config = BreakerConfig { open: Duration::from_secs(600), ..BreakerConfig::default() };
    let breaker = Breaker::new("metrics-payment", config);
    let state = |state: &str| {
        value(&format!("boxoffice_breaker_state{{breaker=\"metrics-payment\",state=\"{state}\"}}"))
    };
    assert_eq!((state("closed"), state("open")), (Some(1.0), Some(0.0)));
    while !breaker.is_open() {
        let mut client = client.clone();
        let call = async move { client.approve_payment(request()).await };
        let error = breaker.call(Duration::from_millis(200), call).await.unwrap_err();
        let late = matches!(&error, CallError::Status(it) if it.code() == Code::DeadlineExceeded);
        assert!(late || matches!(error, CallError::Timeout), "{error:?}");
    }
    counted(&calls("client", APPROVE, "DEADLINE_EXCEEDED")).await;
    assert_eq!((state("closed"), state("open")), (Some(0.0), Some(1.0)));
    let refused = breaker.call(Duration::from_secs(1), async { Ok(tonic::Response::new(())) });
    assert!(matches!(refused.await, Err(CallError::Open)));
    assert_eq!(value("boxoffice_breaker_refused_total{breaker=\"metrics-payment\"}"), Some(1.0));
}
