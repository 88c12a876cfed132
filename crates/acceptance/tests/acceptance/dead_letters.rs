//! Events that cannot be handled: kept aside for an operator, who lists, looks at and replays them; all others go on.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{
    Context, Fleet, Plan, Settings, Single, VISA, Wish, World, eventually, id, in_fleet, in_single,
};
use sea_orm::{ConnectionTrait as _, Database};

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

/// Runs a command that has to succeed; what it prints.
async fn operate(world: &World, command: &[&str]) -> String {
    let told = world.platform.operate(command).await.unwrap();
    assert!(told.status.success(), "{}", told.text());
    told.stdout
}

/// Waits until an event of this kind is listed; its line.
async fn listed(world: &World, name: &str) -> String {
    eventually(&format!("{name} is listed"), || async {
        let told = operate(world, &["dead-letters", "list"]).await;
        told.lines().find(|line| line.contains(name)).map(str::to_owned)
    })
    .await
}

/// The audit says that somebody has to look after it.
async fn is_missed(world: &World) {
    let audit = world.platform.audit(Duration::from_secs(5)).await.unwrap();
    assert!(!audit.clean && audit.text.contains("dead letter"), "{}", audit.text);
}

fn id_in(line: &str) -> &str {
    line.split_whitespace().next().unwrap()
}

/// A dead letter stops nobody, is shown with its fault, makes the audit fail, and comes back when it is replayed.
#[tokio::test]
async fn an_event_nobody_can_read_is_kept_aside_for_an_operator() {
    let fleet = Fleet::start(Settings::default()).await.unwrap();
    let nats_url = fleet.nats_url();
    let world = World { platform: Arc::new(fleet) };
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 99, 0, 1).await;

    say(&nats_url, "boxoffice.booking.v1.BookingConfirmed", vec![0xff; 16]).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    alice.sees_seats(&showing, 98, 0, 2).await;
    let line = listed(&world, "BookingConfirmed").await;
    let shown = operate(&world, &["dead-letters", "show", id_in(&line)]).await;
    assert!(shown.contains("BookingConfirmed") && shown.contains("16 bytes"), "{shown}");
    is_missed(&world).await;

    operate(&world, &["dead-letters", "replay", id_in(&line)]).await;
    eventually("it failed again", || async {
        let told = operate(&world, &["dead-letters", "list"]).await;
        (told.contains("tried 2 times") && !told.contains("replay asked for")).then_some(())
    })
    .await;
}

/// Takes the holds of those who have not paid out of seating's store, as if it had lost them.
const LOSE: &str = "CREATE TABLE lost AS SELECT * FROM holds WHERE state = 'held'; \
                    DELETE FROM holds WHERE state = 'held'";
/// Puts them back.
const CURE: &str = "INSERT INTO holds SELECT * FROM lost; DROP TABLE lost";

/// Seating has lost a hold that is paid now. The event lies aside with payload, fault and trace, those of others take
/// effect; once the store is mended and the event replayed, all is as if nothing had been.
async fn an_event_that_cannot_be_handled_takes_effect_after_the_cure(world: World, store: String) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let booking = alice.place(Wish::places(&showing, 4)).await.unwrap().booking_id;
    let seating = Database::connect(store).await.unwrap();
    seating.execute_unprepared(LOSE).await.unwrap();
    let paid = alice.pay(&booking, VISA).await.unwrap();
    assert_eq!(paid.state(), BookingState::Confirmed, "seating has no say in that");

    bob.buy(Wish::places(&showing, 2).paid_by(VISA)).await;
    bob.sees_seats(&showing, 94, 4, 2).await;
    let line = listed(&world, "BookingConfirmed").await;
    assert!(line.contains("seating <- booking") && line.contains("HOLD_NOT_FOUND"), "{line}");
    bob.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    bob.sees_seats(&showing, 93, 4, 3).await;

    let shown = operate(&world, &["dead-letters", "show", id_in(&line)]).await;
    let field = |name: &str| shown.lines().find_map(|it| it.strip_prefix(name)).map(str::trim);
    assert_eq!(field("reason"), Some("HOLD_NOT_FOUND"), "{shown}");
    assert!(field("error").is_some_and(|it| it.contains(&booking)), "{shown}");
    assert!(field("trace").is_some_and(|it| it.len() == 32), "{shown}");
    assert!(shown.contains(&format!("\"bookingId\": \"{booking}\"")), "{shown}");
    let page = operate(&world, &["saga", "show", &booking]).await;
    let expected = format!("dead letter {}  seating <- booking  BookingConfirmed", id_in(&line));
    assert!(page.contains(&expected) && page.contains("for seating to sell the seats"), "{page}");
    is_missed(&world).await;

    seating.execute_unprepared(CURE).await.unwrap();
    seating.close().await.unwrap();
    operate(&world, &["dead-letters", "replay", id_in(&line)]).await;
    alice.sees_seats(&showing, 93, 0, 7).await;
    eventually("no letter is left", || async {
        let told = operate(&world, &["dead-letters", "list"]).await;
        told.contains("0 dead letters").then_some(())
    })
    .await;
}

async fn a_lost_hold_in_a_fleet(world: World, fleet: Arc<Fleet>) {
    let store = fleet.database(Context::SEATING).to_owned();
    an_event_that_cannot_be_handled_takes_effect_after_the_cure(world, store).await;
}
in_fleet!(a_lost_hold_in_a_fleet, Settings::default());

async fn a_lost_hold_in_one_process(world: World, single: Arc<Single>) {
    let store = format!("sqlite://{}", single.data().join("seating.db").display());
    an_event_that_cannot_be_handled_takes_effect_after_the_cure(world, store).await;
}
in_single!(a_lost_hold_in_one_process, Settings::default());
