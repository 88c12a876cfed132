//! NATS keeps its port and its streams, and can be set back.

use async_nats::jetstream::{self, stream};
use boxoffice_testkit::servers::Nats;

/// How many messages the stream holds after these were sent to it.
async fn send(nats: &Nats, messages: usize) -> u64 {
    let client = async_nats::connect(nats.url()).await.unwrap();
    let broker = jetstream::new(client.clone());
    let config = stream::Config {
        name: "KEPT".into(),
        subjects: vec!["kept.>".into()],
        ..Default::default()
    };
    let mut stream = broker.get_or_create_stream(config).await.unwrap();
    for _ in 0..messages {
        client.request("kept.one", "payload".into()).await.unwrap();
    }
    stream.info().await.unwrap().state.messages
}

#[tokio::test]
async fn a_stopped_or_killed_broker_comes_back_on_its_port_with_its_streams() {
    let mut nats = Nats::start().await.unwrap();
    let url = nats.url();
    assert_eq!(send(&nats, 3).await, 3);

    nats.stop().await.unwrap();
    assert!(async_nats::connect(&url).await.is_err());
    in_a_task(nats.start_again()).await.unwrap();
    assert_eq!(nats.url(), url);
    assert_eq!(send(&nats, 1).await, 4);

    nats.kill().await.unwrap();
    assert!(async_nats::connect(&url).await.is_err());
    nats.start_again().await.unwrap();
    assert_eq!(send(&nats, 1).await, 5);
}

#[tokio::test]
async fn a_broker_comes_back_with_an_older_copy_of_its_store() {
    let mut nats = Nats::start().await.unwrap();
    assert_eq!(send(&nats, 3).await, 3);
    assert!(nats.snapshot_store().is_err(), "a running broker's store is not whole");
    nats.stop().await.unwrap();
    let older = nats.snapshot_store().unwrap();
    nats.start_again().await.unwrap();
    assert_eq!(send(&nats, 4).await, 7);

    nats.kill().await.unwrap();
    nats.restore_store(&older).unwrap();
    nats.start_again().await.unwrap();
    assert_eq!(send(&nats, 0).await, 3);
    assert!(nats.restore_store(&older).is_err(), "a running broker would not notice");
}

#[tokio::test]
async fn a_dropped_broker_is_gone_with_its_store() {
    let nats = Nats::start().await.unwrap();
    let (url, store) = (nats.url(), nats.store_dir());
    assert!(store.exists());
    drop(nats);
    assert!(async_nats::connect(url).await.is_err());
    assert!(!store.exists());
}

#[tokio::test]
async fn a_missing_version_says_what_to_run() {
    let error = Nats::start_tool("nats-server-0.0").await.unwrap_err();
    assert!(error.to_string().contains("run `cargo xtask setup`"), "{error}");
}

/// Holds the compiler to it: a server may be restarted beside a load, in a task of its own.
fn in_a_task<F: Future + Send>(future: F) -> F {
    future
}
