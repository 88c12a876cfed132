//! What a customer sees of a booking.

use std::time::Duration;

use boxoffice_contracts::convert::timestamp;
use boxoffice_contracts::mypage::v1 as pb;
use tonic::Code;
use uuid::Uuid;

use crate::said::{Of, Said};
use crate::world::{Kind, World, refusal};

fn names(steps: &[pb::Step]) -> Vec<&str> {
    steps.iter().map(|step| step.name.as_str()).collect()
}

on_every_store! {
    async fn a_ticket_that_was_bought_and_given_back_is_shown_whole(world: World) {
        let mut said = Said::new();
        let (of, seats) = (Of::new("alice"), ["A-1", "A-2"]);
        let payment = Uuid::new_v4();
        let mut approved = said.approved(of, payment);
        approved.causation_id = Some(payment);
        let trace = "0af7651916cd43dd8448eb211c80319c";
        approved.traceparent = Some(format!("00-{trace}-b7ad6b7169203331-01"));
        let bought = vec![
            said.registered("The Ring", 1), said.scheduled(), said.placed(of, &seats),
            said.held(of, &seats, 2), said.confirmed(of, &seats, 4), said.sold(of, &seats, 3),
            said.delivery(of, false),
        ];
        world.says(bought.into_iter().chain([approved])).await;

        let shown = world.get("alice", of.id).await.unwrap();
        let view = shown.booking.unwrap();
        assert_eq!(view.customer_id, "alice");
        assert_eq!((view.title_name.as_str(), view.venue.as_str()), ("The Ring", "Hall 1"));
        assert_eq!((view.title_id, view.showing_id), (said.title.to_string(), said.showing.to_string()));
        assert_eq!((view.seats.as_slice(), view.quantity), (&["A-1".to_owned(), "A-2".to_owned()][..], 2));
        assert_eq!(view.amount.unwrap().units, 30_000);
        assert_eq!(view.start_time, Some(timestamp(said.start)));
        assert_eq!(view.booking_status, pb::BookingStatus::Confirmed as i32);
        assert_eq!(view.payment_status, pb::PaymentStatus::Approved as i32);
        assert_eq!(view.delivery_status, pb::DeliveryStatus::Started as i32);
        assert_eq!(view.license_status, pb::LicenseStatus::Unspecified as i32);
        assert_eq!(view.update_time, Some(timestamp(said.now())));
        // In the order of time, not of hearing.
        assert_eq!(names(&shown.steps), [
            "PaymentApproved", "BookingPlaced", "SeatsHeld", "BookingConfirmed", "SeatsSold", "DeliveryStarted",
        ]);
        let first = &shown.steps[0];
        assert_eq!((first.context.as_str(), first.trace_id.as_str()), ("payment", trace));
        assert_eq!((first.time, first.cause_id.as_str()), (view.create_time, payment.to_string().as_str()));

        let given_back =
            vec![said.cancelled(of, 5), said.delivery(of, true), said.refunded(of, payment)];
        world.says(given_back).await;
        let shown = world.get("alice", of.id).await.unwrap();
        let view = shown.booking.unwrap();
        assert_eq!(view.booking_status(), pb::BookingStatus::Cancelled);
        assert_eq!(view.payment_status(), pb::PaymentStatus::Cancelled);
        assert_eq!(view.delivery_status(), pb::DeliveryStatus::Cancelled);
        let cancelled = shown.steps.iter().find(|step| step.name == "BookingCancelled").unwrap();
        assert_eq!(cancelled.reason, "showing_cancelled");
    }

    async fn a_step_heard_before_the_booking_was_placed_is_shown_once_its_customer_is_known(world: World) {
        let mut said = Said::new();
        let of = Of::new("alice");
        let placed = said.placed(of, &["A-1"]);
        world.says([said.held(of, &["A-1"], 2)]).await;
        assert_eq!(world.list("alice").await, []);
        assert_eq!(refusal(world.get("alice", of.id).await), (Code::NotFound, "BOOKING_NOT_FOUND".to_owned()));
        let known = world.look_up(&of.id.to_string()).await;
        assert_eq!(known.booking.unwrap().booking_status(), pb::BookingStatus::Unspecified);
        assert_eq!(names(&known.steps), ["SeatsHeld"]);

        world.says([placed]).await;
        let shown = world.get("alice", of.id).await.unwrap();
        assert_eq!(names(&shown.steps), ["BookingPlaced", "SeatsHeld"]);
        // Booking says nothing when seats are held; seating does.
        assert_eq!(shown.booking.unwrap().booking_status(), pb::BookingStatus::AwaitingPayment);
    }

    async fn a_film_at_home_is_shown_with_its_licence(world: World) {
        let mut said = Said::new();
        let of = Of::new("bob");
        let heard =
            vec![said.placed_at_home(of), said.license(of, false), said.registered("Metropolis", 1)];
        world.says(heard).await;
        let view = world.list("bob").await.remove(0);
        assert_eq!((view.title_name.as_str(), view.quantity), ("Metropolis", 1));
        assert_eq!((view.showing_id.as_str(), view.venue.as_str(), view.start_time), ("", "", None));
        assert_eq!(view.license_status(), pb::LicenseStatus::Granted);
        assert_eq!(view.booking_status(), pb::BookingStatus::AwaitingPayment);
        world.says([said.license(of, true)]).await;
        assert_eq!(world.list("bob").await[0].license_status(), pb::LicenseStatus::Watched);
    }

    async fn a_declined_attempt_is_told_with_its_reason_and_forgotten_once_another_is_approved(world: World) {
        let mut said = Said::new();
        let of = Of::new("alice");
        let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
        world.says([said.placed(of, &["A-1"]), said.payment_requested(of, first, 3)]).await;
        assert_eq!(world.list("alice").await[0].payment_status(), pb::PaymentStatus::Pending);
        world.says([said.declined(of, first, "lost\0card")]).await;
        let shown = world.get("alice", of.id).await.unwrap();
        assert_eq!(shown.booking.unwrap().payment_status(), pb::PaymentStatus::Declined);
        assert_eq!(shown.steps.last().unwrap().reason, "lostcard");
        world.says([said.approved(of, second)]).await;
        let view = world.list("alice").await.remove(0);
        assert_eq!(view.payment_status(), pb::PaymentStatus::Approved);
        assert_eq!(view.booking_status(), pb::BookingStatus::AwaitingPayment);
    }

    async fn a_showing_that_moves_takes_its_bookings_along(world: World) {
        let mut said = Said::new();
        let (placed, confirmed) = (Of::new("alice"), Of::new("alice"));
        let hour = Duration::from_secs(3600);
        let before = vec![said.placed(placed, &["A-1"]), said.confirmed(confirmed, &["A-2"], 4), said.scheduled()];
        let after = vec![said.moved(hour, 7), said.rescheduled(confirmed, hour, 5)];
        // The new time comes before the old one.
        world.says(after.into_iter().chain(before)).await;
        for view in world.list("alice").await {
            assert_eq!(view.start_time, Some(timestamp(said.start + hour)));
            assert_eq!(view.venue, "Hall 1");
        }
    }
}
