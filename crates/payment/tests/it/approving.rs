//! Money is taken in the call, or the call says why not.

use std::time::{Duration, Instant};

use boxoffice_contracts::payment::v1::{self as pb, PaymentState};
use boxoffice_runtime::reason_of;
use boxoffice_testkit::on_every_store;
use futures::future::join_all;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::world::{Attempt, World};

fn refused(status: &Status) -> (Code, String) {
    (status.code(), reason_of(status).unwrap_or_default())
}

on_every_store! {
    async fn approved_in_the_call(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");

        let payment = process.approve(&attempt).await.unwrap();

        assert_eq!(payment.state(), PaymentState::Approved);
        assert_eq!(payment.amount.as_ref().unwrap().units, 90_000);
        assert!(!payment.provider_reference.is_empty());
        assert_eq!(world.charged(&attempt).await, Some((90_000, false)));
        assert_eq!(process.approve(&attempt).await.unwrap(), payment, "asking again");
        let said = world.said(&attempt).await;
        assert_eq!(said.len(), 1);
        let (name, message) = &said[0];
        assert_eq!(name, "PaymentApproved");
        assert_eq!(message.correlation_id, attempt.booking_id);
        assert_eq!(message.sequence, 2);
        world.is_sound().await;
    }

    async fn declined_with_the_reason_of_the_provider(world: World) {
        let process = world.start().await;
        for (method, reason) in [
            ("pm_card_chargeDeclined", "card_declined"),
            ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("pm_card_nobody_knows", "invalid_payment_method"),
        ] {
            let attempt = Attempt::by(method);

            let payment = process.approve(&attempt).await.unwrap();

            assert_eq!(payment.state(), PaymentState::Declined, "{method}");
            assert_eq!(payment.provider_reason, reason);
            assert_eq!(world.charged(&attempt).await, None);
            assert_eq!(process.approve(&attempt).await.unwrap(), payment, "asking again");
            assert_eq!(world.said_names(&attempt).await, ["PaymentDeclined"]);
        }
        world.is_sound().await;
    }

    async fn the_same_approval_twenty_times_at_once_charges_once(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa");

        let answers = join_all((0..20).map(|_| process.approve(&attempt))).await;

        let references: Vec<_> =
            answers.into_iter().map(|it| it.unwrap().provider_reference).collect();
        assert!(references.iter().all(|it| *it == references[0]), "{references:?}");
        assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
        assert_eq!(world.charged(&attempt).await, Some((90_000, false)));
        world.is_sound().await;
    }

    async fn a_different_body_under_the_same_id_is_refused(world: World) {
        let process = world.start().await;
        let first = Attempt::by("pm_card_visa");
        process.approve(&first).await.unwrap();

        for other in [
            Attempt { won: 1, ..first.clone() },
            Attempt { method: "pm_card_amex".to_owned(), ..first.clone() },
            Attempt { customer: "mallory".to_owned(), ..first.clone() },
            Attempt { booking_id: Uuid::new_v4(), ..first.clone() },
        ] {
            let status = process.approve(&other).await.unwrap_err();
            let expected = (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned());
            assert_eq!(refused(&status), expected, "{other:?}");
            let request = status.get_details_bad_request().unwrap();
            assert_eq!(request.field_violations[0].field, "payment_id");
        }
        world.is_sound().await;
    }

    async fn one_attempt_at_a_time(world: World) {
        let process = world.start().await;
        let first = Attempt::by("pm_card_visa");
        let second = Attempt { payment_id: Uuid::new_v4(), ..first.clone() };
        world.switch.cut(true);
        process.approve(&first).await.unwrap_err();

        let status = process.approve(&second).await.unwrap_err();
        assert_eq!(refused(&status), (Code::FailedPrecondition, "PAYMENT_PENDING".to_owned()));

        world.switch.cut(false);
        world.until(&process, &first, PaymentState::Approved).await;
        let status = process.approve(&second).await.unwrap_err();
        assert_eq!(refused(&status), (Code::FailedPrecondition, "ALREADY_PAID".to_owned()));
        assert_eq!(world.charged(&second).await, None);
    }

    async fn another_attempt_after_a_decline(world: World) {
        let process = world.start().await;
        let first = Attempt::by("pm_card_chargeDeclined");
        process.approve(&first).await.unwrap();
        let method = "pm_card_visa".to_owned();
        let second = Attempt { payment_id: Uuid::new_v4(), method, ..first.clone() };

        let payment = process.approve(&second).await.unwrap();

        assert_eq!(payment.state(), PaymentState::Approved);
        world.is_sound().await;
    }

    async fn after_its_time_nothing_is_charged(world: World) {
        let process = world.start().await;
        let attempt = Attempt::by("pm_card_visa").expiring_in(Duration::ZERO);

        let payment = process.approve(&attempt).await.unwrap();

        assert_eq!((payment.state(), &*payment.provider_reason), (PaymentState::Declined, "expired"));
        assert_eq!(world.switch.calls(), 0, "the provider was not even asked");
        assert_eq!(world.said_names(&attempt).await, ["PaymentDeclined"]);
    }

    async fn what_cannot_be_read_is_refused_by_field(world: World) {
        let process = world.start().await;
        let good = Attempt::by("pm_card_visa").request();
        let money = |currency: &str, units| {
            let (currency_code, nanos) = (currency.to_owned(), 0);
            Some(boxoffice_contracts::google::r#type::Money { currency_code, units, nanos })
        };
        let service = world.caller(&process, "booking", boxoffice_runtime::Role::Service);
        for (field, request) in [
            ("payment_id", pb::ApprovePaymentRequest { payment_id: "x".to_owned(), ..good.clone() }),
            ("booking_id", pb::ApprovePaymentRequest { booking_id: String::new(), ..good.clone() }),
            ("customer_id", pb::ApprovePaymentRequest { customer_id: String::new(), ..good.clone() }),
            ("amount", pb::ApprovePaymentRequest { amount: None, ..good.clone() }),
            ("amount", pb::ApprovePaymentRequest { amount: money("KRW", -1), ..good.clone() }),
            ("amount", pb::ApprovePaymentRequest { amount: money("XXX", 1), ..good.clone() }),
            ("payment_method", pb::ApprovePaymentRequest { payment_method: String::new(), ..good.clone() }),
            ("expire_time", pb::ApprovePaymentRequest { expire_time: None, ..good.clone() }),
        ] {
            let status = service.approvals().approve_payment(request).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status:?}");
            let details = status.get_details_bad_request().unwrap();
            assert!(details.field_violations[0].field.starts_with(field), "{field}: {details:?}");
        }
        assert_eq!(world.switch.calls(), 0);
    }

    async fn only_services_may_ask_for_money(world: World) {
        let process = world.start().await;
        let alice = world.caller(&process, "alice", boxoffice_runtime::Role::Customer);
        let request = Attempt::by("pm_card_visa").request();
        let status = alice.approvals().approve_payment(request).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }

    async fn an_open_breaker_answers_at_once(world: World) {
        let mut world = world;
        world.config.breaker.window = 4;
        world.config.breaker.open = Duration::from_secs(60);
        world.config.poll = Duration::from_secs(60); // the worker keeps out of it
        let process = world.start().await;
        world.switch.cut(true);
        for _ in 0..4 {
            process.approve(&Attempt::by("pm_card_visa")).await.unwrap_err();
        }
        let calls = world.switch.calls();

        let begun = Instant::now();
        let status = process.approve(&Attempt::by("pm_card_visa")).await.unwrap_err();

        assert_eq!(refused(&status), (Code::Unavailable, "PROVIDER_UNAVAILABLE".to_owned()));
        assert!(status.get_details_retry_info().is_some(), "says when to come back");
        assert!(begun.elapsed() < Duration::from_millis(150), "{:?}", begun.elapsed());
        assert_eq!(world.switch.calls(), calls, "the provider is left alone");
    }
}
