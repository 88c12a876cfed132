//! How a server stops: readiness first, what is under way to its end, background work last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use boxoffice_contracts::booking::v1::WatchBookingRequest;
use boxoffice_runtime::server::Error;
use boxoffice_runtime::{Auth, DevIssuer, Limits, Listen, Role, Server};
use futures::future::join_all;
use tokio::time::sleep;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::world::{Plan, query, why, with_token, world};

/// Longer than anything takes that is not waited for, on a busy machine.
const GRACE: Duration = Duration::from_secs(60);

/// A server that waits for whatever is to be waited for.
fn patient() -> Plan {
    Plan { grace: GRACE, ..Plan::default() }
}

/// OPS-04: whoever minds the process is not to start it again because it stops.
#[tokio::test]
async fn readiness_goes_first_and_requests_are_still_taken_then() {
    let mut world = Plan { drain: Duration::from_millis(600), ..Plan::default() }.start().await;
    let mut health = HealthClient::new(world.channel());
    let mut watch = HealthClient::new(world.channel())
        .watch(HealthCheckRequest { service: "catalog".to_owned() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    world.terminate();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 2, "watchers are told");
    for service in ["", "catalog", "boxoffice.catalog.v1.CatalogService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        assert_eq!(health.check(request).await.unwrap().get_ref().status, 2);
    }
    let request = HealthCheckRequest { service: "liveness".to_owned() };
    assert_eq!(health.check(request).await.unwrap().get_ref().status, 1, "it is not dead yet");
    world.catalog().list_titles(query("")).await.unwrap();
    let http = reqwest::get(world.url("/v1/titles")).await.unwrap();
    assert_eq!(http.status(), 200);
    let address = world.address;
    world.ended().await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_is_under_way_is_answered() {
    // Whoever connects a moment after the signal is still let in.
    let mut world = Plan { drain: Duration::from_secs(1), ..Plan::default() }.start().await;
    let mut clients = (world.catalog(), world.catalog());
    let url = world.url("/v1/titles?query=sleep%201600");
    let calls = tokio::spawn(async move {
        tokio::join!(
            clients.0.list_titles(query("sleep 1600")),
            clients.1.list_titles(query("task sleep 1700")),
            reqwest::get(url),
        )
    });
    sleep(Duration::from_millis(200)).await;
    world.terminate();
    world.ended().await.unwrap();
    let (grpc, task, http) = calls.await.unwrap();
    grpc.unwrap();
    task.unwrap();
    assert_eq!(http.unwrap().status(), 200);
}

#[tokio::test]
async fn silent_and_idle_connections_are_not_waited_for() {
    let world = patient().start().await;
    let _silent = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let idle = reqwest::Client::new();
    idle.get(world.url("/docs")).send().await.unwrap().bytes().await.unwrap();
    let mut grpc = world.catalog();
    grpc.list_titles(query("")).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    world.stop().await.unwrap();
    assert!(begun.elapsed() < GRACE / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_task_is_finished_although_its_caller_has_gone() {
    let world = world().await;
    let mut client = world.catalog();
    let call = client.list_titles(query("task sleep 700"));
    tokio::time::timeout(Duration::from_millis(200), call).await.unwrap_err();
    let seen = Arc::clone(&world.seen);
    assert_eq!(seen.lock().unwrap().len(), 0);
    world.stop().await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 1, "the shutdown has waited for it");
}

#[tokio::test]
async fn streams_end_and_say_why() {
    let world = patient().start().await;
    let token = world.token("alice", Role::Customer);
    let request =
        WatchBookingRequest { booking_id: uuid::Uuid::nil().to_string(), ..Default::default() };
    let mut stream = world.booking().watch_booking(with_token(request, &token)).await.unwrap();
    stream.get_mut().message().await.unwrap().unwrap();
    let begun = Instant::now();
    let stopped = tokio::spawn(world.stop());
    let status = stream.get_mut().message().await.unwrap_err();
    assert_eq!(why(&status), (Code::Unavailable, "STOPPING".to_owned()));
    stopped.await.unwrap().unwrap();
    assert!(begun.elapsed() < GRACE / 2, "{:?}", begun.elapsed());
}

/// Each on a connection of its own, looked at by many threads at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn every_stream_hears_that_the_server_stops_not_that_its_connection_closes() {
    for _ in 0..10 {
        let world = world().await;
        let token = world.token("alice", Role::Customer);
        let streams = (0..100).map(async |_| {
            let booking_id = uuid::Uuid::nil().to_string();
            let request = WatchBookingRequest { booking_id, ..Default::default() };
            let stream = world.booking().watch_booking(with_token(request, &token)).await;
            let mut stream = stream.unwrap().into_inner();
            stream.message().await.unwrap().unwrap();
            stream
        });
        let streams = join_all(streams).await;
        world.stop().await.unwrap();
        for mut stream in streams {
            let status = stream.message().await.unwrap_err();
            assert_eq!(why(&status), (Code::Unavailable, "STOPPING".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_call_that_never_ends_is_cut_off_after_the_grace_period() {
    let world = Plan { grace: Duration::from_millis(500), ..Plan::default() }.start().await;
    let mut client = world.catalog();
    let call = tokio::spawn(async move { client.list_titles(query("sleep 60000")).await });
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    world.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn background_work_ends_after_the_last_task() {
    static ENDED: AtomicBool = AtomicBool::new(false);
    let more = |server: &mut Server| {
        let stopping = server.stopping();
        server.spawn("relay", async move {
            stopping.stopped().await;
            ENDED.store(true, Ordering::SeqCst);
        });
        let (tasks, stopping) = (server.tasks(), server.stopping());
        server.spawn("starts a task", async move {
            tasks.spawn(async move {
                sleep(Duration::from_millis(500)).await;
                assert!(!stopping.is_stopping(), "tasks come before background work");
            });
        });
    };
    let world = Plan { more, ..Plan::default() }.start().await;
    sleep(Duration::from_millis(100)).await;
    world.stop().await.unwrap();
    assert!(ENDED.load(Ordering::SeqCst), "it was given time to end");
}

#[tokio::test]
async fn a_panic_in_the_background_ends_the_process_with_an_error() {
    let more = |server: &mut Server| {
        server.spawn("ends early", async {});
        server.spawn("lane", async {
            sleep(Duration::from_millis(100)).await;
            panic!("as asked");
        });
    };
    let world = Plan { more, ..Plan::default() }.start().await;
    let error = world.ended().await.unwrap_err();
    assert!(matches!(error, Error::Panicked { name: "lane" }), "{error}");
}

/// A signal that comes before anybody waits for it would end this process, and others between their start and their readiness.
#[tokio::test]
async fn a_signal_is_heard_before_it_is_waited_for() {
    let terminated = boxoffice_runtime::terminated();
    let ourselves = std::process::id().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-s", "TERM", &ourselves]).status().unwrap().success());
    tokio::time::timeout(GRACE, terminated).await.expect("it was told");
}

#[tokio::test]
async fn a_taken_port_is_refused_in_one_sentence() {
    let world = world().await;
    let directory = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(&directory.path().join("key")).unwrap();
    let server = Server::new(Auth::development(issuer), Limits::default());
    let error = server.start(Listen::on(world.address)).await.unwrap_err();
    let SocketAddr::V4(address) = world.address else { unreachable!() };
    let expected = format!(
        "{address} cannot be listened on; choose another address or port, or stop what uses it"
    );
    assert_eq!(error.to_string(), expected);
}
