//! What no caller waits for is settled all the same.

use std::time::Duration;

use boxoffice_contracts::payment::v1::PaymentState;
use boxoffice_runtime::reason_of;
use boxoffice_testkit::on_every_store;
use tonic::Code;

use crate::world::{Attempt, World, eventually};

on_every_store! {
    async fn the_provider_down_then_up_settles(world: World) {
        let process = world.start().await;
        world.switch.cut(true);
        let attempts: Vec<_> = (0..30).map(|_| Attempt::by("pm_card_visa")).collect();
        for attempt in &attempts {
            let status = process.approve(attempt).await.unwrap_err();
            assert_eq!(status.code(), Code::Unavailable);
            assert_eq!(reason_of(&status).as_deref(), Some("PROVIDER_UNAVAILABLE"));
            world.request(attempt).await;
        }
        world.heard().await;
        let payment = world.find(&process, &attempts[0]).await.unwrap();
        assert_eq!(payment.state(), PaymentState::Pending);

        world.switch.cut(false);

        world.is_sound().await;
        for attempt in &attempts {
            assert_eq!(world.charged(attempt).await, Some((90_000, false)));
            assert_eq!(world.said_names(attempt).await, ["PaymentApproved"]);
        }
    }

    async fn a_request_alone_is_settled(world: World) {
        let process = world.start().await;
        let paid = Attempt::by("pm_card_visa");
        let declined = Attempt::by("pm_card_chargeDeclined");
        for attempt in [&paid, &declined, &paid] {
            world.request(attempt).await;
        }
        world.until(&process, &paid, PaymentState::Approved).await;
        world.until(&process, &declined, PaymentState::Declined).await;
        assert_eq!(world.said_names(&paid).await, ["PaymentApproved"]);
        assert_eq!(process.approve(&paid).await.unwrap().state(), PaymentState::Approved);
        world.is_sound().await;
    }

    async fn a_provider_that_fails_now_and_then_is_asked_again(world: World) {
        let process = world.start().await;
        for method in ["pm_sim_unavailable_once", "pm_sim_unavailable_3"] {
            let attempt = Attempt::by(method);
            process.approve(&attempt).await.unwrap_err();
            world.until(&process, &attempt, PaymentState::Approved).await;
            assert_eq!(world.charged(&attempt).await, Some((90_000, false)));
        }
    }

    /// Slow: charged after we gave up. Late: charged, and answered after we gave up.
    async fn an_answer_after_we_gave_up_is_learned(world: World) {
        let process = world.start().await;
        for method in ["pm_sim_slow", "pm_sim_late"] {
            let attempt = Attempt::by(method);
            process.approve(&attempt).await.unwrap_err();
            world.until(&process, &attempt, PaymentState::Approved).await;
            assert_eq!(world.charged(&attempt).await, Some((90_000, false)));
            assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
        }
        world.is_sound().await;
    }

    async fn a_crash_between_charge_and_save_charges_once(world: World) {
        let mut world = world;
        world.config.provider_deadline = Duration::from_secs(5);
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");
        world.switch.mute(true);
        let asked = process.approve_within(Duration::from_millis(500), &attempt).await;
        asked.unwrap_err();
        assert_eq!(world.charged(&attempt).await, Some((90_000, false)));
        let payment = world.find(&process, &attempt).await.unwrap();
        assert_eq!(payment.state(), PaymentState::Pending);
        process.crash();

        world.switch.mute(false);
        let process = world.start().await;

        world.until(&process, &attempt, PaymentState::Approved).await;
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
        world.is_sound().await;
    }

    async fn a_crash_between_refund_and_save_refunds_once(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");
        process.approve(&attempt).await.unwrap();
        world.switch.mute(true);
        world.cancel(&attempt).await;
        eventually("refunded", async || world.charged(&attempt).await == Some((90_000, true)))
            .await;
        process.crash();

        world.switch.mute(false);
        let process = world.start().await;

        world.until(&process, &attempt, PaymentState::Cancelled).await;
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved", "PaymentCancelled"]);
        world.is_sound().await;
    }

    /// The worker would not come for a minute: it is the server that goes on.
    async fn a_caller_who_leaves_changes_nothing(world: World) {
        let mut world = world;
        world.config.poll = Duration::from_secs(60);
        world.config.provider_deadline = Duration::from_secs(5);
        world.config.simulator.latency = Duration::from_millis(400);
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");

        let status =
            process.approve_within(Duration::from_millis(100), &attempt).await.unwrap_err();

        assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status:?}");
        world.until(&process, &attempt, PaymentState::Approved).await;
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
    }

    async fn time_over_while_the_provider_was_down_is_a_decline(world: World) {
        let process = world.start().await;
        world.switch.cut(true);
        let attempt = Attempt::by("pm_card_visa").expiring_in(Duration::from_millis(700));
        process.approve(&attempt).await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(1)).await;

        world.switch.cut(false);

        let payment = world.until(&process, &attempt, PaymentState::Declined).await;
        assert_eq!(payment.provider_reason, "expired");
        assert_eq!(world.charged(&attempt).await, None);
        assert_eq!(world.said_names(&attempt).await, ["PaymentDeclined"]);
        world.is_sound().await;
    }

    async fn a_charge_in_time_counts_though_it_is_learned_after(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa").expiring_in(Duration::from_millis(700));
        world.switch.mute(true);
        process.approve(&attempt).await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(1)).await;

        world.switch.mute(false);

        world.until(&process, &attempt, PaymentState::Approved).await;
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
        world.is_sound().await;
    }
}
