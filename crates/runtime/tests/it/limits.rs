//! What one process does not take: too many calls, too often, over too many connections, for too long.

use std::future::Future;
use std::time::{Duration, Instant};

use boxoffice_contracts::booking::v1::WatchBookingRequest;
use boxoffice_runtime::{Limits, Role};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::fake::approval;
use crate::world::{Plan, World, query, why, with_token};

const PATIENCE: Duration = Duration::from_secs(20);

async fn limited(limits: Limits) -> World {
    Plan { limits, ..Plan::default() }.start().await
}

async fn eventually<F: Future<Output = bool>>(what: &str, mut ask: impl FnMut() -> F) {
    let began = Instant::now();
    while !ask().await {
        assert!(began.elapsed() < PATIENCE, "it does not come about that {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn hinted(status: &Status) -> bool {
    let hint = status.get_details_retry_info().and_then(|it| it.retry_delay);
    hint.is_some_and(|hint| hint > Duration::ZERO)
}

/// NFR-07: each service has room of its own, and our own services need none.
#[tokio::test]
async fn a_full_service_refuses_at_once_and_fills_no_other() {
    let world = limited(Limits { calls: 2, ..Limits::default() }).await;
    let slow = |mut client: boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient<_>| {
        tokio::spawn(async move { client.list_titles(query("sleep 60000")).await })
    };
    let held = [slow(world.catalog()), slow(world.catalog())];
    let full = || async {
        let told = world.catalog().list_titles(query("")).await;
        told.is_err_and(|status| {
            assert_eq!(why(&status), (Code::ResourceExhausted, "OVERLOADED".to_owned()));
            hinted(&status)
        })
    };
    eventually("it is full", full).await;
    let http = reqwest::get(world.url("/v1/titles")).await.unwrap();
    assert_eq!(http.status(), 429);
    assert!(["1", "2"].contains(&http.headers()["retry-after"].to_str().unwrap()));
    let service = world.token("booking", Role::Service);
    world.catalog().list_titles(with_token(query(""), &service)).await.unwrap();
    world.approvals().approve_payment(with_token(approval(), &service)).await.unwrap();
    let health = HealthClient::new(world.channel()).check(HealthCheckRequest::default()).await;
    assert_eq!(health.unwrap().get_ref().status, 1);
    let alice = world.token("alice", Role::Customer);
    let request =
        WatchBookingRequest { booking_id: uuid::Uuid::nil().to_string(), ..Default::default() };
    world.booking().watch_booking(with_token(request, &alice)).await.unwrap();

    held.iter().for_each(tokio::task::JoinHandle::abort);
    eventually("there is room again", || async { !full().await }).await;
}

/// CP-12: each customer by itself, whoever else calls; our own services and whoever minds our health as often as they like.
#[tokio::test]
async fn who_calls_too_often_is_told_when_to_come_back() {
    let world = limited(Limits { rate_per_customer: 5, ..Limits::default() }).await;
    let call = async |sub: &str, role| {
        let request = with_token(query(""), &world.token(sub, role));
        world.catalog().list_titles(request).await
    };
    let mut told = Vec::new();
    for _ in 0..50 {
        told.extend(call("alice", Role::Customer).await.err());
    }
    assert!(!told.is_empty(), "50 calls at once");
    for status in &told {
        assert_eq!(why(status), (Code::ResourceExhausted, "RATE_LIMITED".to_owned()));
        assert!(hinted(status), "{status:?}");
    }
    call("bob", Role::Customer).await.unwrap();
    for _ in 0..50 {
        call("booking", Role::Service).await.unwrap();
        world.catalog().list_titles(query("")).await.expect("nobody has no name to count");
    }
    let again = || async { call("alice", Role::Customer).await.is_ok() };
    eventually("alice may call again", again).await;
}

#[tokio::test]
async fn an_address_is_believed_of_trusted_proxies_only() {
    let limits = Limits { rate_per_address: 5, trusted_proxies: 1, ..Limits::default() };
    let world = limited(limits).await;
    let http = reqwest::Client::new();
    let from = async |forwarded: &str| {
        let request = http.get(world.url("/v1/titles")).header("x-forwarded-for", forwarded);
        request.send().await.unwrap()
    };
    let mut refused = 0;
    for lie in 0..50 {
        // What stands before the last entry is the caller's own invention.
        let answer = from(&format!("10.0.0.{lie}, 203.0.113.7")).await;
        if answer.status() == 429 {
            assert!(answer.headers()["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
            let body: serde_json::Value = answer.json().await.unwrap();
            let details = body["error"]["details"].as_array().unwrap();
            assert!(details.iter().any(|it| it["reason"] == "RATE_LIMITED"), "{body}");
            refused += 1;
        }
    }
    assert!(refused > 0, "50 calls at once");
    assert_eq!(from("203.0.113.8").await.status(), 200, "another address");
    for _ in 0..50 {
        let health = HealthClient::new(world.channel()).check(HealthCheckRequest::default()).await;
        health.unwrap();
    }
}

#[tokio::test]
async fn no_more_watch_than_there_are_places() {
    let world = limited(Limits { watchers: 1, ..Limits::default() }).await;
    let token = world.token("alice", Role::Customer);
    let watch = || async {
        let request =
            WatchBookingRequest { booking_id: uuid::Uuid::nil().to_string(), ..Default::default() };
        let stream = world.booking().watch_booking(with_token(request, &token)).await;
        let mut stream = stream.unwrap().into_inner();
        stream.message().await.unwrap().unwrap();
        stream
    };
    let mut first = watch().await;
    assert!(tokio::time::timeout(Duration::from_millis(100), first.message()).await.is_err());
    let status = watch().await.message().await.unwrap_err();
    assert_eq!(why(&status), (Code::ResourceExhausted, "TOO_MANY_WATCHERS".to_owned()));
    assert!(hinted(&status));
    drop(first);
    let free = || async {
        let mut next = watch().await;
        tokio::time::timeout(Duration::from_millis(50), next.message()).await.is_err()
    };
    eventually("the place is free again", free).await;
}

/// Streams are told to go on elsewhere; a call that is under way is finished.
#[tokio::test]
async fn an_old_connection_ends_in_good_order() {
    let limits = Limits { connection_age: Duration::from_millis(600), ..Limits::default() };
    let world = limited(limits).await;
    let channel = world.channel();
    let mut catalog =
        boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient::new(
            channel.clone(),
        );
    let mut booking =
        boxoffice_contracts::booking::v1::booking_service_client::BookingServiceClient::new(
            channel,
        );
    let token = world.token("alice", Role::Customer);
    let request =
        WatchBookingRequest { booking_id: uuid::Uuid::nil().to_string(), ..Default::default() };
    let mut stream = booking.watch_booking(with_token(request, &token)).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    let mut under_way = catalog.clone();
    let under_way = tokio::spawn(async move { under_way.list_titles(query("sleep 2000")).await });
    let status = stream.message().await.unwrap_err();
    assert_eq!(why(&status), (Code::Unavailable, "CONNECTION_CLOSING".to_owned()));
    // What crosses the goodbye is lost, and tonic does not send it again.
    let mut served = async || catalog.list_titles(query("")).await.is_ok();
    let began = Instant::now();
    while !served().await {
        assert!(began.elapsed() < PATIENCE, "there is no new connection");
    }
    under_way.await.unwrap().expect("it was not cut off");
}

#[tokio::test]
async fn a_connection_without_a_call_is_closed() {
    let limits = Limits { idle: Duration::from_millis(300), ..Limits::default() };
    let world = limited(limits).await;
    let mut idle = TcpStream::connect(world.address).await.unwrap();
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut goodbye = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, idle.read_to_end(&mut goodbye)).await;
    // Reset or closed in order: both are closed.
    _ = closed.expect("it stays open");
    assert!(goodbye.windows(5).any(|it| it == [8, 7, 0, 0, 0]), "GOAWAY in {goodbye:?}");
}

#[tokio::test]
async fn an_address_gets_no_more_connections_than_its_share() {
    let limits = Limits { connections_per_address: 2, ..Limits::default() };
    let world = limited(limits).await;
    let held = [TcpStream::connect(world.address).await, TcpStream::connect(world.address).await];
    let refused = || async {
        let mut third = TcpStream::connect(world.address).await.unwrap();
        let read = tokio::time::timeout(Duration::from_millis(200), third.read(&mut [0])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    };
    eventually("the third is refused", refused).await;
    drop(held);
    let served = || async { reqwest::get(world.url("/docs")).await.is_ok() };
    eventually("there is a place again", served).await;
}
