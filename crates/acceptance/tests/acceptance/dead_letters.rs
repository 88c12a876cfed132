//! Events nobody can handle: kept aside for an operator, who lists, looks at and replays them; all others go on.

use boxoffice_acceptance::{Plan, Topology, VISA, Wish, World, eventually, id};
use boxoffice_testkit::platform::{self, Settings};

/// Publishes an event as anybody could who reaches the broker.
async fn say(nats_url: &str, name: &str, payload: Vec<u8>) {
    let nats = async_nats::connect(nats_url).await.unwrap();
    let mut headers = async_nats::HeaderMap::new();
    let (event, booking) = (id(), id());
    for (header, value) in [
        ("Nats-Msg-Id", event.as_str()),
        ("ce-specversion", "1.0"),
        ("ce-id", &event),
        ("ce-type", name),
        ("ce-source", "boxoffice/booking"),
        ("ce-subject", &booking),
        ("ce-time", "2026-11-21T00:00:00Z"),
        ("sequence", "1"),
        ("correlationid", &booking),
    ] {
        headers.insert(header, value);
    }
    let answer = nats.request_with_headers(name.to_owned(), headers, payload.into()).await.unwrap();
    assert!(!answer.payload.starts_with(b"{\"error\""), "{:?}", answer.payload);
}

/// A dead letter stops nobody, is shown with its fault, makes the audit fail, and comes back when it is replayed.
#[tokio::test]
async fn an_event_nobody_can_read_is_kept_aside_for_an_operator() {
    let fleet = platform::Fleet::start(Settings::default()).await.unwrap();
    let nats_url = fleet.nats_url();
    let world = World { platform: std::sync::Arc::new(fleet) };
    assert_eq!(world.platform.topology(), Topology::Fleet);
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 99, 0, 1).await;

    say(&nats_url, "boxoffice.booking.v1.BookingConfirmed", vec![0xff; 16]).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 98, 0, 2).await;
    let listed = eventually("it is listed", || async {
        let told = world.platform.operate(&["dead-letters", "list"]).await.unwrap();
        assert!(told.status.success(), "{}", told.text());
        told.stdout.contains("BookingConfirmed").then_some(told.stdout)
    })
    .await;
    let letter = listed.split_whitespace().find(|word| word.len() == 36 && word.contains('-'));
    let letter = letter.unwrap_or_else(|| panic!("no id in\n{listed}"));
    let shown = world.platform.operate(&["dead-letters", "show", letter]).await.unwrap();
    assert!(
        shown.status.success() && shown.stdout.contains("BookingConfirmed"),
        "{}",
        shown.text()
    );
    let audit = world.platform.audit(std::time::Duration::from_secs(5)).await.unwrap();
    assert!(!audit.clean && audit.text.contains("dead letter"), "{}", audit.text);

    let replayed = world.platform.operate(&["dead-letters", "replay", letter]).await.unwrap();
    assert!(replayed.status.success(), "{}", replayed.text());
    eventually("it is listed again", || async {
        let told = world.platform.operate(&["dead-letters", "list"]).await.unwrap();
        told.stdout.contains("BookingConfirmed").then_some(())
    })
    .await;
}
