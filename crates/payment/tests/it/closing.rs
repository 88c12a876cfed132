//! A closed booking keeps no money, whatever comes first.

use std::time::Duration;

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::payment::v1::{self as pb, PaymentState};
use boxoffice_runtime::reason_of;
use boxoffice_testkit::on_every_store;
use prost::Message as _;
use tonic::Code;

use crate::world::{Attempt, World};

on_every_store! {
    async fn the_refund_before_the_approval(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");
        world.cancel(&attempt).await;
        world.heard().await;

        let status = process.approve(&attempt).await.unwrap_err();

        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(reason_of(&status).as_deref(), Some("BOOKING_CLOSED"));
        assert_eq!(world.switch.calls(), 0);
        assert_eq!(world.find(&process, &attempt).await, None);
        world.request(&attempt).await;
        world.heard().await;
        assert_eq!(world.find(&process, &attempt).await, None, "nor by event");
    }

    async fn every_way_to_close_gives_the_money_back(world: World) {
        let process = world.start().await;
        for way in ["rejected", "expired", "cancelled"] {
            let attempt = Attempt::by("pm_card_visa");
            process.approve(&attempt).await.unwrap();
            let booking_id = attempt.booking_id.to_string();
            match way {
                "rejected" => {
                    let said = booking::BookingRejected { booking_id, ..Default::default() };
                    world.booking_says(attempt.booking_id, &said).await;
                }
                "expired" => {
                    let said = booking::BookingExpired { booking_id, ..Default::default() };
                    world.booking_says(attempt.booking_id, &said).await;
                }
                _ => world.cancel(&attempt).await,
            }

            world.until(&process, &attempt, PaymentState::Cancelled).await;

            assert_eq!(world.charged(&attempt).await, Some((90_000, true)), "{way}");
            let said = world.said(&attempt).await;
            let names: Vec<_> = said.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["PaymentApproved", "PaymentCancelled"], "{way}");
            let cancelled = pb::PaymentCancelled::decode(&*said[1].1.payload).unwrap();
            assert_eq!(cancelled.amount.unwrap().units, 90_000);
            let status = process.approve(&attempt).await.unwrap_err();
            assert_eq!(reason_of(&status).as_deref(), Some("BOOKING_CLOSED"));
        }
        world.is_sound().await;
    }

    /// The money is taken, but nobody hears of it before the booking is closed.
    async fn a_late_answer_is_refunded(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_sim_late");
        let status = process.approve(&attempt).await.unwrap_err();
        assert_eq!(reason_of(&status).as_deref(), Some("PROVIDER_UNAVAILABLE"));
        assert_eq!(world.charged(&attempt).await, Some((90_000, false)));

        world.cancel(&attempt).await;
        world.heard().await;
        world.is_sound().await;

        world.until(&process, &attempt, PaymentState::Cancelled).await;
        assert_eq!(world.charged(&attempt).await, Some((90_000, true)));
    }

    /// The charge is still on its way when the booking is closed; it arrives at a closed key.
    async fn a_late_charge_takes_nothing(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_sim_slow");
        process.approve(&attempt).await.unwrap_err();
        assert_eq!(world.charged(&attempt).await, None);

        world.cancel(&attempt).await;
        world.until(&process, &attempt, PaymentState::Cancelled).await;
        tokio::time::sleep(world.config.simulator.slow * 2).await;

        assert_eq!(world.charged(&attempt).await, None);
        let said = world.said(&attempt).await;
        assert_eq!(said.len(), 1, "{said:?}");
        let cancelled = pb::PaymentCancelled::decode(&*said[0].1.payload).unwrap();
        assert_eq!(cancelled.amount.unwrap().units, 0);
        world.is_sound().await;
    }

    async fn a_refund_waits_for_the_provider(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");
        process.approve(&attempt).await.unwrap();
        world.switch.cut(true);
        world.cancel(&attempt).await;
        world.until(&process, &attempt, PaymentState::Refunding).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(world.charged(&attempt).await, Some((90_000, false)));

        world.switch.cut(false);

        world.until(&process, &attempt, PaymentState::Cancelled).await;
        assert_eq!(world.charged(&attempt).await, Some((90_000, true)));
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved", "PaymentCancelled"]);
    }

    async fn closing_twice_is_closing_once(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");
        process.approve(&attempt).await.unwrap();
        world.cancel(&attempt).await;
        world.cancel(&attempt).await;
        world.until(&process, &attempt, PaymentState::Cancelled).await;
        world.cancel(&attempt).await;
        world.heard().await;
        world.is_sound().await;
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved", "PaymentCancelled"]);
    }

    async fn a_decline_stays_one_when_its_booking_closes(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_chargeDeclined");
        let payment = process.approve(&attempt).await.unwrap();
        world.cancel(&attempt).await;
        world.heard().await;
        assert_eq!(process.approve(&attempt).await.unwrap(), payment);
        assert_eq!(world.said_names(&attempt).await, ["PaymentDeclined"]);
    }
}
