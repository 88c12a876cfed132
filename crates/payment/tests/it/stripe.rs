//! Stripe as the provider: its requests are checked by stripe-mock, its money is counted in a book that plays by Stripe's rules.

use std::time::Duration;

use boxoffice_contracts::payment::v1::PaymentState;
use boxoffice_payment::provider::stripe;
use boxoffice_testkit::on_every_store;
use boxoffice_testkit::servers::{Event, Paid, Stripe, Toxiproxy, Trouble};
use boxoffice_testkit::stores::Store;
use reqwest::StatusCode;
use tonic::Code;

use crate::promises;
use crate::world::{Attempt, Process, World, eventually};

const KEPT: Paid = Paid { charges: 1, kept: 90_000, refunds: 0 };
const GIVEN_BACK: Paid = Paid { charges: 1, kept: 0, refunds: 1 };
const NEVER_TAKEN: Paid = Paid { charges: 0, kept: 0, refunds: 0 };

/// Lets `world` pay by the Stripe at `url`.
fn by_stripe(mut world: World, url: &str) -> World {
    world.config.stripe = Some(stripe::Config {
        secret_key: Stripe::SECRET_KEY.into(),
        webhook_secret: Some(Stripe::WEBHOOK_SECRET.into()),
        url: url.parse().unwrap(),
    });
    world.config.provider_deadline = Duration::from_secs(2);
    world
}

async fn world(stripe: &Stripe) -> World {
    by_stripe(World::on(Store::sqlite().await.unwrap()).await, stripe.url())
}

/// One that waits briefly for an answer, and does not ask again by itself while a test lasts.
async fn impatient(stripe: &Stripe) -> World {
    let mut world = world(stripe).await;
    world.config.provider_deadline = Duration::from_millis(500);
    world.config.retry = Duration::from_secs(3600);
    world.config.longest_retry = Duration::from_secs(3600);
    world
}

fn paid(stripe: &Stripe, attempt: &Attempt) -> Paid {
    stripe.paid(&attempt.payment_id.to_string())
}

/// The one intent that was made for it.
fn intent(stripe: &Stripe, attempt: &Attempt) -> String {
    let intents = stripe.intents(&attempt.payment_id.to_string());
    assert_eq!(intents.len(), 1, "{intents:?}");
    intents[0].clone()
}

async fn post(process: &Process, body: &str, signature: &str) -> StatusCode {
    let url = format!("{}/v1/payments/webhooks/stripe", process.url);
    let request = reqwest::Client::new().post(url).header("stripe-signature", signature);
    let request = request.header("content-type", "application/json; charset=utf-8");
    request.body(body.to_owned()).send().await.unwrap().status()
}

async fn hears(process: &Process, event: &Event) {
    assert_eq!(post(process, &event.body, &event.signature()).await, StatusCode::OK);
}

on_every_store! {
    async fn it_keeps_its_promises(world: World) {
        let stripe = Stripe::start().await.unwrap();
        let world = by_stripe(world, stripe.url());
        let process = world.start().await;
        let provider = process.stripe.as_ref().unwrap();
        promises::a_key_is_charged_once_and_refunded_once(provider).await;
        promises::a_key_stands_for_one_charge(provider).await;
        promises::a_decline_is_said_again(provider).await;
        promises::a_charge_and_a_refund_may_meet(provider).await;
        promises::a_closed_key_is_never_charged(provider, "pm_card_visa").await;
    }
}

/// FR-20, FR-21, NFR-10. Nothing of the customer is told to Stripe.
#[tokio::test(flavor = "multi_thread")]
async fn money_is_taken_and_given_back() {
    let stripe = Stripe::start().await.unwrap();
    let world = world(&stripe).await;
    let process = world.start().await;
    let attempt = Attempt::by("pm_card_visa");
    let payment = process.approve(&attempt).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Approved);
    assert_eq!(payment.provider_reference, intent(&stripe, &attempt));
    assert_eq!(paid(&stripe, &attempt), KEPT);
    let told = stripe.everything();
    assert!(told.contains(&attempt.booking_id.to_string()), "{told}");
    assert!(!told.contains(&attempt.customer), "{told}");

    world.cancel(&attempt).await;
    world.until(&process, &attempt, PaymentState::Cancelled).await;
    assert_eq!(paid(&stripe, &attempt), GIVEN_BACK);
    assert_eq!(world.said_names(&attempt).await, ["PaymentApproved", "PaymentCancelled"]);
}

/// FR-20.
#[tokio::test(flavor = "multi_thread")]
async fn a_decline_says_why() {
    let stripe = Stripe::start().await.unwrap();
    let world = world(&stripe).await;
    let process = world.start().await;
    for (method, won, reason) in [
        ("pm_card_chargeDeclined", 90_000, "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", 90_000, "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", 90_000, "expired_card"),
        ("pm_card_authenticationRequired", 90_000, "authentication_required"),
        // Whoever stole it is not told that this is known.
        ("pm_card_chargeDeclinedStolenCard", 90_000, "generic_decline"),
        ("pm_nobody", 90_000, "invalid_payment_method"),
        ("4242424242424242", 90_000, "invalid_payment_method"),
        ("pm_card_visa", 10, "amount_too_small"),
    ] {
        let attempt = Attempt { won, ..Attempt::by(method) };
        let payment = process.approve(&attempt).await.unwrap();
        assert_eq!(payment.state(), PaymentState::Declined, "{method}");
        assert_eq!(payment.provider_reason, reason, "{method}");
        assert_eq!(paid(&stripe, &attempt), NEVER_TAKEN, "{method}");
    }
    assert!(!stripe.everything().contains("4242"), "a card's number was sent to Stripe");
}

/// NFR-03, NFR-06: whatever becomes of a request or of its answer, also if we crash on it.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_the_way_charges_once() {
    let stripe = Stripe::start().await.unwrap();
    let mut world = world(&stripe).await;
    world.config.provider_deadline = Duration::from_millis(500);
    let mut process = world.start().await;
    for step in ["/payment_intents", "/confirm"] {
        for trouble in [
            Trouble::Fails(409),
            Trouble::Fails(429),
            Trouble::Fails(500),
            Trouble::Fails(503),
            Trouble::DoneButFails(500),
            Trouble::DoneButMute,
        ] {
            stripe.trouble(step, trouble);
            let attempt = Attempt::by("pm_card_visa");
            let status = process.approve(&attempt).await.unwrap_err();
            assert_eq!(status.code(), Code::Unavailable, "{step} {trouble:?}");
            if trouble == Trouble::DoneButMute {
                process.crash();
                process = world.start().await;
            }
            world.until(&process, &attempt, PaymentState::Approved).await;
            assert_eq!(paid(&stripe, &attempt), KEPT, "{step} {trouble:?}");
            if trouble == Trouble::DoneButMute {
                // The same key, so the same intent.
                intent(&stripe, &attempt);
            }
            assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
        }
    }
}

/// FR-21, FR-44.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_the_way_back_refunds_once() {
    let stripe = Stripe::start().await.unwrap();
    let mut world = world(&stripe).await;
    world.config.provider_deadline = Duration::from_millis(500);
    let process = world.start().await;
    for trouble in
        [Trouble::Fails(429), Trouble::Fails(500), Trouble::DoneButFails(500), Trouble::DoneButMute]
    {
        let attempt = Attempt::by("pm_card_visa");
        // Whatever trouble the line has just had.
        eventually("paid", async || process.approve(&attempt).await.is_ok()).await;
        stripe.trouble("/refunds", trouble);
        world.cancel(&attempt).await;
        world.until(&process, &attempt, PaymentState::Cancelled).await;
        assert_eq!(paid(&stripe, &attempt), GIVEN_BACK, "{trouble:?}");
    }
}

/// FR-44: a bank that does not take money back. It is owed until somebody has given it back by hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_waits_for_a_person() {
    let stripe = Stripe::start().await.unwrap();
    let world = world(&stripe).await;
    let process = world.start().await;
    let attempt = Attempt::by("pm_card_visa");
    process.approve(&attempt).await.unwrap();
    stripe.trouble("/refunds", Trouble::RefundFails);
    world.cancel(&attempt).await;
    eventually("asked again", async || stripe.requests("/refunds") > 1).await;
    let payment = world.find(&process, &attempt).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Refunding);

    stripe.given_back_by_hand(&intent(&stripe, &attempt));
    world.until(&process, &attempt, PaymentState::Cancelled).await;
    assert_eq!(paid(&stripe, &attempt), GIVEN_BACK);
}

/// NFR-06: the line itself, cut, dead and slow.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_line_charges_once() {
    let (stripe, toxiproxy) = (Stripe::start().await.unwrap(), Toxiproxy::start().await.unwrap());
    let line = toxiproxy.proxy(stripe.url()).await.unwrap();
    let url = line.through(stripe.url()).unwrap();
    let mut world = by_stripe(World::on(Store::sqlite().await.unwrap()).await, &url);
    world.config.provider_deadline = Duration::from_millis(500);
    let process = world.start().await;
    for trouble in ["cut", "stalled", "slow"] {
        match trouble {
            "cut" => line.cut().await.unwrap(),
            "stalled" => line.stall().await.unwrap(),
            _ => line.latency(1_000).await.unwrap(),
        }
        let attempt = Attempt::by("pm_card_visa");
        let status = process.approve(&attempt).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{trouble}");
        line.heal().await.unwrap();
        world.until(&process, &attempt, PaymentState::Approved).await;
        assert_eq!(paid(&stripe, &attempt), KEPT, "{trouble}");
    }
}

/// FR-21: the intent is made, its answer lost, the booking closed: nothing was taken. If its money comes all the same, it
/// goes back, however often and in whatever order Stripe tells of it.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_late_is_given_back() {
    let stripe = Stripe::start().await.unwrap();
    let world = impatient(&stripe).await;
    let process = world.start().await;
    stripe.trouble("/payment_intents", Trouble::DoneButMute);
    let attempt = Attempt::by("pm_card_visa");
    process.approve(&attempt).await.unwrap_err();
    world.cancel(&attempt).await;
    let payment = world.until(&process, &attempt, PaymentState::Cancelled).await;
    assert_eq!(payment.provider_reference, "");

    let late = intent(&stripe, &attempt);
    stripe.arrives(&late);
    let (failed, arrived) =
        (stripe.event("payment_intent.payment_failed", &late), stripe.event(SUCCEEDED, &late));
    for event in [&failed, &arrived, &failed, &arrived, &arrived] {
        hears(&process, event).await;
    }
    eventually("given back", async || paid(&stripe, &attempt) == GIVEN_BACK).await;
    let payment = world.until(&process, &attempt, PaymentState::Cancelled).await;
    assert_eq!(payment.provider_reference, late);
    hears(&process, &arrived).await;
    assert_eq!(world.said_names(&attempt).await, ["PaymentCancelled", "PaymentCancelled"]);
    assert_eq!(paid(&stripe, &attempt), GIVEN_BACK);
}

const SUCCEEDED: &str = "payment_intent.succeeded";

/// NFR-06: the answer is lost, the webhook is there: nobody has to ask again.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_settles_what_has_no_answer() {
    let stripe = Stripe::start().await.unwrap();
    let world = impatient(&stripe).await;
    let process = world.start().await;
    stripe.trouble("/confirm", Trouble::DoneButMute);
    let attempt = Attempt::by("pm_card_visa");
    process.approve(&attempt).await.unwrap_err();
    let event = stripe.event(SUCCEEDED, &intent(&stripe, &attempt));
    hears(&process, &event).await;
    let payment = world.find(&process, &attempt).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Approved);
    hears(&process, &event).await;
    assert_eq!(world.said_names(&attempt).await, ["PaymentApproved"]);
    assert_eq!(paid(&stripe, &attempt), KEPT);
}

/// NFR-03: another intent with our payment's name took money, too: that money goes back.
#[tokio::test(flavor = "multi_thread")]
async fn money_nobody_counts_on_is_given_back() {
    let stripe = Stripe::start().await.unwrap();
    let world = world(&stripe).await;
    let process = world.start().await;
    let attempt = Attempt::by("pm_card_visa");
    process.approve(&attempt).await.unwrap();
    let (payment, booking) = (attempt.payment_id.to_string(), attempt.booking_id.to_string());
    let stray = stripe.stray(&payment, &booking, 90_000);
    let event = stripe.event(SUCCEEDED, &stray);
    hears(&process, &event).await;
    hears(&process, &event).await;
    let once = Paid { charges: 2, kept: 90_000, refunds: 1 };
    assert_eq!(paid(&stripe, &attempt), once);
    let payment = world.find(&process, &attempt).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Approved);
}

/// NFR-07: who is not Stripe, or repeats what Stripe said long ago, changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_event_is_refused() {
    let stripe = Stripe::start().await.unwrap();
    let world = impatient(&stripe).await;
    let process = world.start().await;
    stripe.trouble("/payment_intents", Trouble::DoneButMute);
    let attempt = Attempt::by("pm_card_visa");
    process.approve(&attempt).await.unwrap_err();
    let event = stripe.event(SUCCEEDED, &intent(&stripe, &attempt));
    let forged = Event { body: event.body.replace("succeeded", "Succeeded") };
    for (body, signature) in [
        (&event.body, event.signed_with("whsec_guessed", 0)),
        (&event.body, event.signed_with(Stripe::WEBHOOK_SECRET, 301)),
        (&event.body, String::new()),
        (&event.body, forged.signature()),
        (&"not an event".to_owned(), event.signature()),
    ] {
        assert_eq!(post(&process, body, &signature).await, StatusCode::BAD_REQUEST, "{signature}");
    }
    let nonsense = Event { body: "{}".to_owned() };
    let answer = post(&process, &nonsense.body, &nonsense.signature()).await;
    assert_eq!(answer, StatusCode::BAD_REQUEST);
    let too_long = "x".repeat(1024 * 1024 + 1);
    assert_eq!(post(&process, &too_long, "").await, StatusCode::PAYLOAD_TOO_LARGE);
    let read = reqwest::get(format!("{}/v1/payments/webhooks/stripe", process.url)).await.unwrap();
    assert_eq!(read.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(read.headers()["allow"], "POST");
    let payment = world.find(&process, &attempt).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Pending);
    // Not ours: another system of the same account, another installation of ours.
    let other = r#"{"id":"evt_1","type":"customer.created","data":{"object":{"id":"cus_1","metadata":{}}}}"#;
    hears(&process, &Event { body: other.to_owned() }).await;
    let nobody = uuid::Uuid::new_v4().to_string();
    hears(&process, &stripe.event(SUCCEEDED, &stripe.stray(&nobody, &nobody, 90_000))).await;
    assert_eq!(stripe.paid(&nobody).refunds, 0);
}

/// NFR-10: the simulator has no webhook.
#[tokio::test(flavor = "multi_thread")]
async fn without_stripe_there_is_no_webhook() {
    let world = World::on(Store::sqlite().await.unwrap()).await;
    let process = world.start().await;
    assert_eq!(post(&process, "{}", "").await, StatusCode::NOT_FOUND);
}

/// A key that is not good takes nothing and stops nothing: it is mended, and everything follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_key_is_an_outage() {
    let stripe = Stripe::start().await.unwrap();
    let mut world = world(&stripe).await;
    let good = world.config.stripe.clone().unwrap();
    world.config.stripe =
        Some(stripe::Config { secret_key: "sk_test_revoked".into(), ..good.clone() });
    let process = world.start().await;
    let attempt = Attempt::by("pm_card_visa");
    let status = process.approve(&attempt).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    process.crash();

    world.config.stripe = Some(good);
    let process = world.start().await;
    world.until(&process, &attempt, PaymentState::Approved).await;
    assert_eq!(paid(&stripe, &attempt), KEPT);
}
