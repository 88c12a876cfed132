//! Stripe takes the money, and nothing else is different. Its requests are checked by stripe-mock.

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{Context, Plan, Platform as _, Settings, VISA, Wish, run_single};
use boxoffice_testkit::servers::{Event, Paid, Stripe};
use reqwest::{Method, StatusCode};

const WEBHOOK: &str = "/v1/payments/webhooks/stripe";

fn settings(stripe: &Stripe) -> Settings {
    Settings::default()
        .flag("stripe-url", stripe.url())
        .flag("stripe-secret-key", Stripe::SECRET_KEY)
        .flag("stripe-webhook-secret", Stripe::WEBHOOK_SECRET)
        // Two requests for one charge, on a machine that has other things to do.
        .flag("provider-deadline", "8s")
        .flag("payment-deadline", "10s")
}

/// FR-20, FR-21, NFR-10: bought, declined, given back; the audit compares with Stripe's own books; no secret in any log.
#[tokio::test]
async fn a_ticket_is_bought_and_given_back_by_stripe() {
    let stripe = Stripe::start().await.unwrap();
    run_single(settings(&stripe), async |world, single| {
        let (admin, alice, stripe) = (world.admin(), world.customer("alice"), &stripe);
        let showing = admin.schedule(Plan::general(100, 9_000)).await;

        let booking = alice.buy(Wish::places(&showing, 2).paid_by(VISA)).await;
        let payment = &alice.sees_payments(&booking.booking_id, &[Money::Approved]).await[0];
        let kept = Paid { charges: 1, kept: 18_000, refunds: 0 };
        assert_eq!(stripe.paid(&payment.payment_id), kept);
        assert_eq!(stripe.intents(&payment.payment_id), [payment.provider_reference.as_str()]);

        let wish = Wish::places(&showing, 1).paid_by("pm_card_chargeDeclinedInsufficientFunds");
        let declined = alice.place(wish).await.unwrap();
        assert_eq!(declined.state(), BookingState::Rejected);
        assert_eq!(declined.rejection.unwrap().provider_reason, "insufficient_funds");

        let regretted = alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
        alice.cancel(&regretted.booking_id).await.unwrap();
        let back = &alice.sees_payments(&regretted.booking_id, &[Money::Cancelled]).await[0];
        assert_eq!(stripe.paid(&back.payment_id).kept, 0);

        // Money that nobody counts on: the audit sees it in Stripe's books, and once Stripe has told of it, it goes back.
        let stray = stripe.stray(&payment.payment_id, &booking.booking_id, 18_000);
        let books = ["--stripe-url", stripe.url(), "--stripe-secret-key", Stripe::SECRET_KEY];
        let audit = [["audit", "--settle", "0s"].as_slice(), &books].concat();
        let audited = single.operate(&audit).await.unwrap();
        let found = format!("the provider keeps 18000 KRW under key {}", payment.payment_id);
        assert!(!audited.status.success() && audited.text().contains(&found), "{}", audited.text());
        let event = stripe.event("payment_intent.succeeded", &stray);
        let tell = async |event: &Event, signature: &str| {
            let client = world.nobody().client(Context::PAYMENT).http(Method::POST, WEBHOOK);
            let request = client.header("stripe-signature", signature).body(event.body.clone());
            request.send().await.unwrap().status()
        };
        assert_eq!(tell(&event, "t=1,v1=00").await, StatusCode::BAD_REQUEST);
        assert_eq!(tell(&event, &event.signature()).await, StatusCode::OK);
        let once = Paid { charges: 2, refunds: 1, ..kept };
        assert_eq!(stripe.paid(&payment.payment_id), once);
        world.comes_to_rest().await;
        let audited = single.operate(&audit).await.unwrap();
        assert!(audited.status.success(), "{}", audited.text());

        let words = single.words().await;
        for secret in [Stripe::SECRET_KEY, Stripe::WEBHOOK_SECRET, VISA] {
            assert!(!words.contains(secret), "{secret} is in the log:\n{words}");
        }
    })
    .await;
}
