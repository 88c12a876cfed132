//! A peer that does not answer is soon asked no more, and found again.

use std::time::{Duration, Instant};

use boxoffice_contracts::payment::v1::ApprovePaymentRequest;
use boxoffice_contracts::payment::v1::payment_approval_service_client::PaymentApprovalServiceClient;
use boxoffice_kernel::Context;
use boxoffice_runtime::{Auth, Breaker, BreakerConfig, CallError, Limits, Peer, Peers, Server};
use tonic::{Code, Response, Status};
use url::Url;

use crate::fake::approval;
use crate::world::{World, world};

const SOON: Duration = Duration::from_millis(300);

fn breaker() -> Breaker {
    Breaker::new(
        "payment",
        BreakerConfig { open: Duration::from_millis(400), ..Default::default() },
    )
}

/// The world's payment service, as another process sees it.
fn peer(world: &World) -> Peer {
    let auth = Auth::development(world.issuer.clone());
    let server = Server::new(auth.clone(), Limits::default());
    let urls = [(Context::PAYMENT, Url::parse(&world.url("")).unwrap())].into();
    Peers::new([], &urls, server.grpc(), &auth).unwrap().get(Context::PAYMENT)
}

async fn approve(breaker: &Breaker, peer: &Peer, method: &str) -> Result<(), CallError> {
    let mut client = PaymentApprovalServiceClient::new(peer.clone());
    let request = ApprovePaymentRequest { payment_method: method.to_owned(), ..approval() };
    breaker.call(SOON, async move { client.approve_payment(request).await }).await.map(drop)
}

#[tokio::test]
async fn it_opens_answers_at_once_and_recovers() {
    let world = world().await;
    let (breaker, peer) = (breaker(), peer(&world));
    for _ in 0..10 {
        approve(&breaker, &peer, "pm").await.unwrap();
    }
    let mut asked = 0;
    while !breaker.is_open() {
        let method = if asked % 2 == 0 { "sleep 5000" } else { "unavailable" };
        let error = approve(&breaker, &peer, method).await.unwrap_err();
        assert!(matches!(error, CallError::Timeout | CallError::Status(_)), "{error}");
        asked += 1;
        assert!(asked < 10, "half of the last ten is enough");
    }
    let before = world.seen.lock().unwrap().len();
    for _ in 0..20 {
        let begun = Instant::now();
        let error = approve(&breaker, &peer, "pm").await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_millis(5), "{:?}", begun.elapsed());
        assert!(matches!(error, CallError::Open));
    }
    assert_eq!(world.seen.lock().unwrap().len(), before, "the peer is left in peace");

    tokio::time::sleep(Duration::from_millis(450)).await;
    approve(&breaker, &peer, "pm").await.unwrap();
    assert!(!breaker.is_open());
    approve(&breaker, &peer, "pm").await.unwrap();
}

#[tokio::test]
async fn one_probe_decides_and_a_failed_one_keeps_it_open() {
    let world = world().await;
    let (breaker, peer) = (breaker(), peer(&world));
    for _ in 0..4 {
        approve(&breaker, &peer, "unavailable").await.unwrap_err();
    }
    tokio::time::sleep(Duration::from_millis(450)).await;
    let before = world.seen.lock().unwrap().len();
    let calls: Vec<_> = (0..8).map(|_| approve(&breaker, &peer, "sleep 200")).collect();
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(world.seen.lock().unwrap().len(), before + 1);
    approve(&breaker, &peer, "pm").await.unwrap();
}

#[tokio::test]
async fn a_long_good_past_does_not_keep_it_closed() {
    let breaker = breaker();
    for _ in 0..2_000 {
        breaker.call(SOON, async { Ok(Response::new(())) }).await.unwrap();
    }
    for _ in 0..5 {
        assert!(!breaker.is_open());
        let fails = async { Err::<Response<()>, _>(Status::unavailable("no")) };
        breaker.call(SOON, fails).await.unwrap_err();
    }
    assert!(breaker.is_open(), "five of the last ten");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_opens_nothing() {
    let breaker = breaker();
    for code in [Code::NotFound, Code::FailedPrecondition, Code::InvalidArgument, Code::Aborted] {
        for _ in 0..20 {
            let refused = async move { Err::<Response<()>, _>(Status::new(code, "no")) };
            let error = breaker.call(SOON, refused).await.unwrap_err();
            assert!(matches!(error, CallError::Status(status) if status.code() == code));
        }
    }
    assert!(!breaker.is_open());
}

#[tokio::test]
async fn a_call_that_its_caller_gave_up_does_not_block_the_probe() {
    let breaker = breaker();
    let fails = || async { Err::<Response<()>, _>(Status::unavailable("no")) };
    for _ in 0..4 {
        breaker.call(SOON, fails()).await.unwrap_err();
    }
    tokio::time::sleep(Duration::from_millis(450)).await;
    let hangs = breaker.call(SOON, std::future::pending::<Result<Response<()>, Status>>());
    tokio::time::timeout(Duration::from_millis(50), hangs).await.unwrap_err();
    breaker.call(SOON, async { Ok(Response::new(())) }).await.unwrap();
    assert!(!breaker.is_open());
}

#[tokio::test]
async fn the_deadline_is_told_to_the_peer() {
    let world = world().await;
    approve(&breaker(), &peer(&world), "pm").await.unwrap();
    let told = world.seen.lock().unwrap()[0].timeout.clone().unwrap();
    let left: u64 = told.strip_suffix('m').unwrap().parse().unwrap();
    assert!((1..=300).contains(&left), "{told}");
}
