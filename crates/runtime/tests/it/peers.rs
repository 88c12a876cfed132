//! Calls between contexts: in this process and across a socket they look the same.

use std::time::{Duration, Instant};

use boxoffice_contracts::catalog::v1::GetTitleRequest;
use boxoffice_runtime::Role;
use tonic::Code;
use url::Url;

use crate::world::{Plan, World, why, with_token, world};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

async fn asks_payment(world: &World) -> Result<String, tonic::Status> {
    let message = GetTitleRequest { title_id: uuid::Uuid::nil().to_string() };
    let mut request = with_token(message, &world.token("alice", Role::Admin));
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    Ok(world.catalog().get_title(request).await?.into_inner().title.unwrap().name)
}

#[tokio::test]
async fn a_peer_in_this_process_is_called_as_a_service_in_the_same_trace() {
    let world = world().await;
    assert_eq!(asks_payment(&world).await.unwrap(), "alice", "the outer caller stays who they are");
    let seen = world.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].caller.roles, [Role::Service], "and not the admin who called");
    assert_eq!(seen[0].trace_id.as_deref(), Some(TRACE));
}

#[tokio::test]
async fn a_peer_across_a_socket_is_called_as_a_service_in_the_same_trace() {
    let payment = world().await;
    let url = Url::parse(&payment.url("")).unwrap();
    // Two processes of one fleet share the key file.
    let key = Some(payment.key.clone());
    let catalog = Plan { key, payment: Err(Some(url)), ..Plan::default() }.start().await;
    for _ in 0..2 {
        assert_eq!(asks_payment(&catalog).await.unwrap(), "alice");
    }
    assert!(catalog.seen.lock().unwrap().is_empty());
    let seen = payment.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].caller.roles, [Role::Service]);
    assert_eq!(seen[1].trace_id.as_deref(), Some(TRACE));

    // It comes back by itself when the peer does not.
    payment.stop().await.unwrap();
    let begun = Instant::now();
    let status = asks_payment(&catalog).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_peer_with_another_key_lets_nobody_in() {
    let payment = world().await;
    let url = Url::parse(&payment.url("")).unwrap();
    let catalog = Plan { payment: Err(Some(url)), ..Plan::default() }.start().await;
    let status = asks_payment(&catalog).await.unwrap_err();
    assert_eq!(why(&status), (Code::Unauthenticated, "TOKEN_INVALID".to_owned()));
}

#[tokio::test]
async fn a_peer_without_an_address_is_unavailable() {
    let catalog = Plan { payment: Err(None), ..Plan::default() }.start().await;
    let status = asks_payment(&catalog).await.unwrap_err();
    assert_eq!(why(&status), (Code::Unavailable, "PEER_UNKNOWN".to_owned()));
}
