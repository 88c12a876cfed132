//! `boxoffice saga`: what customer care is told of a booking, and of those that wait (issue point 5, OPS-10).

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{
    Person, Plan, UNAVAILABLE, VISA, Wish, World, eventually, id, in_both_shared,
};
use serde_json::Value;

/// Runs a command that has to succeed; what it prints.
async fn operate(world: &World, command: &[&str]) -> String {
    let told = world.platform.operate(command).await.unwrap();
    assert!(told.status.success(), "{}", told.text());
    told.stdout
}

/// The page of a booking, once all of this is on it.
async fn shows(world: &World, booking: &str, expected: &[&str]) -> String {
    eventually(&format!("{expected:?} on the page of {booking}"), || async {
        let page = operate(world, &["saga", "show", booking]).await;
        expected.iter().all(|it| page.contains(it)).then_some(page)
    })
    .await
}

/// The lines of those that wait, this booking's.
async fn waits(world: &World, booking: &str, more: &[&str]) -> Vec<String> {
    let command = [&["saga", "list"], more].concat();
    let told = operate(world, &command).await;
    told.lines().filter(|line| line.starts_with(booking)).map(str::to_owned).collect()
}

/// Names of events are in this order.
fn in_order(page: &str, names: &[&str]) {
    let mut rest = page;
    for name in names {
        let at = rest.find(name).unwrap_or_else(|| panic!("no {name} where it belongs: {page}"));
        rest = &rest[at..];
    }
}

async fn place(person: &Person, wish: Wish, state: BookingState) -> String {
    let booking = person.place(wish).await.unwrap();
    assert_eq!(booking.state(), state, "{booking:?}");
    booking.booking_id
}

/// From the first call to the refund; each event with its context and its trace.
async fn a_page_tells_a_booking_from_beginning_to_end(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 2).paid_by(VISA);
    let booking = place(&alice, wish, BookingState::Confirmed).await;
    let done = ["CONFIRMED", "for nobody", "SOLD", "COMPLETED", "BOOKING_CONFIRMED  SENT"];
    let page = shows(&world, &booking, &done).await;
    in_order(&page, &["BookingPlaced", "SeatsHeld", "PaymentApproved", "BookingConfirmed"]);
    in_order(&page, &["BookingConfirmed", "SeatsSold"]);
    let placed = page.lines().find(|line| line.contains("BookingPlaced")).unwrap();
    let trace = placed.split_whitespace().last().unwrap();
    assert!(trace.len() == 32 && placed.contains("  booking  "), "{placed}");
    assert_eq!(waits(&world, &booking, &[]).await, [""; 0]);

    alice.cancel(&booking).await.unwrap();
    let undone = ["state      CANCELLED", "for nobody", "seats      RELEASED", "GIVEN_BACK"];
    let page = shows(&world, &booking, &undone).await;
    in_order(&page, &["BookingConfirmed", "BookingCancelled", "PaymentCancelled"]);
    for secret in ["@", "contact", VISA] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }

    let json = operate(&world, &["saga", "show", &booking, "--json"]).await;
    let story: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(story["state"], "CANCELLED");
    assert_eq!(story["payments"][0]["state"], "GIVEN_BACK");
    assert_eq!(story["customer"], alice.sub.as_str());
    assert_eq!(story["waiting"], Value::Array(Vec::new()));
    assert_eq!(story["events"][0]["name"], "boxoffice.booking.v1.BookingPlaced");
    assert_eq!(story["events"][0]["traceId"], trace);
    let link = ["saga", "show", &booking, "--jaeger-url", "http://jaeger:16686"];
    let trace = story["traceId"].as_str().unwrap();
    let page = operate(&world, &link).await;
    assert!(page.contains(&format!("http://jaeger:16686/trace/{trace}")), "{page}");
}
in_both_shared!(a_page_tells_a_booking_from_beginning_to_end);

/// One waits for payment, which does not come; another for its customer, which is nobody's fault.
async fn whoever_waits_is_listed_with_whom_they_wait_for(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 1).paid_by(UNAVAILABLE);
    let stuck = place(&alice, wish, BookingState::AwaitingPayment).await;
    let unpaid = place(&alice, Wish::places(&showing, 1), BookingState::AwaitingPayment).await;

    let page = shows(&world, &stuck, &["PENDING, REQUESTED", "PaymentRequested"]).await;
    let expected = "waits      for payment to settle an attempt to pay, ";
    assert!(page.contains(expected), "{page}");
    assert!(page.contains("state      AWAITING_PAYMENT"), "{page}");
    let page = shows(&world, &unpaid, &["for the customer to pay, "]).await;
    assert!(!page.contains("attempt"), "{page}");

    let line = waits(&world, &stuck, &["--stuck", "--older", "0s"]).await;
    assert!(line.len() == 1 && line[0].contains("for payment"), "{line:?}");
    assert_eq!(waits(&world, &stuck, &["--stuck", "--older", "1h"]).await, [""; 0]);
    assert_eq!(waits(&world, &unpaid, &["--stuck", "--older", "0s"]).await, [""; 0]);
    assert_eq!(waits(&world, &unpaid, &[]).await.len(), 1);
    for booking in [&stuck, &unpaid] {
        alice.cancel(booking).await.unwrap();
    }
}
in_both_shared!(whoever_waits_is_listed_with_whom_they_wait_for);

async fn a_booking_nobody_placed_has_no_story(world: World) {
    let unknown = id();
    let told = world.platform.operate(&["saga", "show", &unknown]).await.unwrap();
    assert!(!told.status.success() && told.stdout.is_empty(), "{}", told.text());
    assert!(told.stderr.contains(&format!("there is no booking {unknown}")), "{}", told.stderr);
}
in_both_shared!(a_booking_nobody_placed_has_no_story);
