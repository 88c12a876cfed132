//! What the others hear.

use boxoffice_contracts::seating::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use boxoffice_testkit::on_every_store;
use prost::Message as _;

use crate::sandbox::{Sandbox, cancelled, confirmed, in_hours, quantity, seats};

async fn heard(sandbox: &Sandbox, count: usize) -> Vec<Message> {
    let mut listener = sandbox.broker.subscribe(Context::SEATING, "test-seating").await.unwrap();
    let mut messages = Vec::new();
    while messages.len() < count {
        for delivery in listener.fetch(count).await.unwrap() {
            messages.push(delivery.message.unwrap());
        }
    }
    messages
}

on_every_store! {
    async fn every_change_is_said_once_in_order_and_with_its_booking(sandbox: Sandbox) {
        let showing = sandbox.rows(&["A"]).await;
        let request = seats(&showing.showing_id, &["A-2", "A-1"]);
        sandbox.hold(request.clone()).await.unwrap();
        sandbox.say(&[confirmed(&request), cancelled(&request)]).await;
        sandbox.heard().await;
        let moving = pb::RescheduleShowingRequest {
            showing_id: showing.showing_id.clone(),
            start_time: in_hours(8),
            end_time: in_hours(9),
        };
        let mut admin = sandbox.admin.clone();
        let moved = admin.reschedule_showing(moving).await.unwrap().into_inner().showing.unwrap();
        let cancelling = pb::CancelShowingRequest { showing_id: showing.showing_id.clone() };
        admin.cancel_showing(cancelling).await.unwrap();

        let messages = heard(&sandbox, 6).await;
        let (whole, mine) = (showing.showing_id.as_str(), request.booking_id.as_str());
        let found: Vec<_> = messages
            .iter()
            .map(|it| (it.name.as_str(), it.sequence, it.correlation_id.to_string()))
            .collect();
        let expected = [
            ("boxoffice.seating.v1.ShowingScheduled", 1, whole),
            ("boxoffice.seating.v1.SeatsHeld", 2, mine),
            ("boxoffice.seating.v1.SeatsSold", 3, mine),
            ("boxoffice.seating.v1.SeatsReleased", 4, mine),
            ("boxoffice.seating.v1.ShowingRescheduled", 5, whole),
            ("boxoffice.seating.v1.ShowingCancelled", 6, whole),
        ]
        .map(|(name, sequence, id)| (name, sequence, id.to_owned()));
        assert_eq!(found, expected, "{}", sandbox.name);
        assert!(messages.iter().all(|it| it.aggregate_id.to_string() == whole));
        assert!(messages[2].causation_id.is_some() && messages[1].causation_id.is_none());

        let scheduled = pb::ShowingScheduled::decode(messages[0].payload.clone()).unwrap();
        assert_eq!((scheduled.title_id, scheduled.capacity), (showing.title_id, 10));
        assert_eq!((scheduled.venue, scheduled.start_time), (showing.venue, showing.start_time));
        let held = pb::SeatsHeld::decode(messages[1].payload.clone()).unwrap();
        assert_eq!((held.booking_id.as_str(), held.quantity), (mine, 2));
        assert_eq!((held.showing_id.as_str(), held.seats), (whole, request.seats.clone()));
        let released = pb::SeatsReleased::decode(messages[3].payload.clone()).unwrap();
        assert_eq!((released.quantity, released.seats), (2, request.seats));
        let rescheduled = pb::ShowingRescheduled::decode(messages[4].payload.clone()).unwrap();
        assert_eq!(rescheduled.previous_start_time, showing.start_time);
        assert_eq!(rescheduled.start_time, moved.start_time);
    }

    async fn a_refusal_says_nothing(sandbox: Sandbox) {
        let showing_id = sandbox.general(1).await.showing_id;
        sandbox.hold(quantity(&showing_id, 1)).await.unwrap();
        let version = sandbox.number("SELECT version AS n FROM showings").await;
        for _ in 0..3 {
            sandbox.hold(quantity(&showing_id, 1)).await.unwrap();
            sandbox.hold(seats(&showing_id, &["A-1"])).await.unwrap_err();
        }
        assert_eq!(sandbox.count("outbox").await, 2);
        assert_eq!(sandbox.number("SELECT version AS n FROM showings").await, version);
    }
}
