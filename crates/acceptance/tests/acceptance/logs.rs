//! What the logs say, and what they never say.

use std::sync::Arc;

use boxoffice_acceptance::{
    CONTEXTS, Context, DECLINED, Fleet, Person, Plan, Settings, Single, VISA, World, eventually,
    id, run_fleet, run_single,
};
use boxoffice_testkit::servers::Smtp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::json::{call, get, post, text};

/// What of a person or of us must not be read by whoever reads the logs.
const NAME: &str = "Wilhelmina Featherstonehaugh";
const PHONE: &str = "010-5550-4711";
/// The mail server refuses it, by name.
const EMAIL: &str = "unknown-wilhelmina@featherstonehaugh.example";
const ADDRESS: &str = "17 Quillfeather Crescent";
const REVIEW: &str = "the second act made me weep into my umbrella";
const FORGED: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJuZW1lc2lzIn0.";
const GARBAGE: &str = "an-opaque-token-nobody-issued";

fn settings(smtp: &Smtp) -> Settings {
    Settings::default()
        .flag("log-format", "json")
        .flag("log-filter", "info,boxoffice=debug")
        .flag("smtp-url", &smtp.url())
        .flag("smtp-from", "Box office <tickets@boxoffice.example>")
        .flag("simulator-slow", "1s")
}

/// A booking by post that is mailed about and delivered, and everything that goes wrong on the way. The bookings.
async fn a_day_at_the_box_office(world: &World) -> (Person, Vec<String>) {
    let showing = world.admin().schedule(Plan::rows(2, 10, 9_000)).await;
    let customer = world.customer("wilhelmina");
    let contact = json!({"name": NAME, "phone": PHONE, "email": EMAIL, "address": ADDRESS});
    let wish = |pays: &str, seat: &str| {
        json!({"requestId": id(), "paymentMethod": pays, "fulfilment": "FULFILMENT_POST",
            "contact": contact, "showing": {"showingId": showing, "seats": [seat]}})
    };
    let bought = post(&customer, Context::BOOKING, "/v1/bookings", wish(VISA, "A-1")).await;
    assert_eq!(bought["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{bought}");
    let bought = text(&bought["booking"]["bookingId"]);
    customer.sees_parcel(&bought).await;
    eventually("a letter about it has been tried", || async {
        let notices =
            get(&customer, Context::NOTIFICATION, &format!("/v1/notices?bookingId={bought}")).await;
        (notices["notices"].as_array()?.len() >= 3).then_some(())
    })
    .await;

    let declined = post(&customer, Context::BOOKING, "/v1/bookings", wish(DECLINED, "A-2")).await;
    let taken = post(&customer, Context::BOOKING, "/v1/bookings", wish(VISA, "A-1")).await;
    for rejected in [&declined, &taken] {
        assert_eq!(rejected["booking"]["state"], "BOOKING_STATE_REJECTED", "{rejected}");
    }
    let refused = |method, path, body| call(&customer, Context::BOOKING, method, path, body);
    let nonsense = json!({"requestId": NAME, "contact": contact, "showing": {"showingId": EMAIL}});
    refused(Method::POST, "/v1/bookings", Some(nonsense)).await;
    refused(Method::GET, "/v1/bookings/featherstonehaugh", None).await;
    let review = json!({"requestId": id(), "titleId": id(), "stars": 1, "text": REVIEW});
    call(&customer, Context::REVIEW, Method::POST, "/v1/reviews", Some(review)).await;
    for token in [FORGED, GARBAGE] {
        let stranger = Person::with_token(&world.platform, "stranger", Some(token));
        for context in CONTEXTS {
            let path = match context {
                Context::BOOKING => "/v1/bookings",
                Context::PAYMENT => "/v1/payments",
                Context::NOTIFICATION => "/v1/notices",
                _ => continue,
            };
            let (status, _) = call(&stranger, context, Method::GET, path, None).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
    }
    let cancel = format!("/v1/bookings/{bought}:cancel");
    post(&customer, Context::BOOKING, &cancel, json!({})).await;
    let rejected = [declined, taken].map(|it| text(&it["booking"]["bookingId"]));
    (customer, [bought].into_iter().chain(rejected).collect())
}

/// Every line is one object; those of a booking say whose they are, and of which trace; none says what it must not.
fn are_fit_to_be_read(logs: &str, secrets: &[String], bookings: &[String]) {
    let lines = || logs.lines().filter(|line| !line.trim().is_empty());
    for line in lines() {
        let parsed: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for key in ["time", "level", "target", "message"] {
            assert!(parsed[key].is_string(), "no {key}: {line}");
        }
        if let Some(said) = secrets.iter().find(|secret| line.contains(secret.as_str())) {
            panic!("`{said}` is in: {line}");
        }
        if bookings.iter().any(|booking| line.contains(booking)) {
            let trace = parsed["trace_id"].as_str().unwrap_or_default();
            assert_eq!(trace.len(), 32, "no trace_id: {line}");
            let named = parsed["booking.id"].as_str().unwrap_or_default();
            assert!(bookings.iter().any(|booking| booking == named), "no booking.id: {line}");
        }
    }
    for reason in ["\"DEBUG\"", "notice undeliverable", "parcel handed over"] {
        assert!(lines().any(|line| line.contains(reason)), "nothing was logged of {reason}");
    }
    for booking in bookings {
        for said in ["BookingPlaced", "BookingRejected|BookingConfirmed"] {
            let is_said = |line: &&str| {
                line.contains(booking) && said.split('|').any(|event| line.contains(event))
            };
            assert!(lines().any(|line| is_said(&line)), "nothing says {said} of {booking}");
        }
    }
}

fn secrets(customer: &Person, others: impl IntoIterator<Item = String>) -> Vec<String> {
    let known = [NAME, "Featherstonehaugh", "featherstonehaugh", PHONE, EMAIL, ADDRESS, REVIEW];
    let tokens = [FORGED, GARBAGE, VISA, DECLINED, "Bearer", "PRIVATE KEY"];
    let known = known.into_iter().chain(tokens).map(str::to_owned);
    let theirs = [customer.sub.clone(), customer.token.clone().unwrap()];
    known.chain(theirs).chain(others).collect()
}

/// NFR-15: the logs of one process.
#[tokio::test]
async fn one_process_says_what_happened_and_to_nobody_whom() {
    let smtp = Smtp::start().await.unwrap();
    let settings = settings(&smtp);
    run_single(settings, |world: World, single: Arc<Single>| async move {
        let (customer, bookings) = a_day_at_the_box_office(&world).await;
        world.comes_to_rest().await;
        let secrets = secrets(&customer, []);
        // What it says to the person who started it is no log.
        let words = single.words().await;
        let logs: Vec<_> = words.lines().filter(|line| line.starts_with('{')).collect();
        are_fit_to_be_read(&logs.join("\n"), &secrets, &bookings);
    })
    .await;
}

/// NFR-15: the logs of a fleet, whose processes log in to databases and to each other.
#[tokio::test]
async fn a_fleet_says_what_happened_and_to_nobody_whom() {
    let smtp = Smtp::start().await.unwrap();
    let settings = settings(&smtp);
    run_fleet(settings, |world: World, fleet: Arc<Fleet>| async move {
        let (customer, bookings) = a_day_at_the_box_office(&world).await;
        world.comes_to_rest().await;
        let passwords = CONTEXTS.iter().map(|&context| fleet.database(context).to_owned());
        let secrets = secrets(&customer, passwords);
        let mut logs = String::new();
        for context in CONTEXTS {
            logs.push_str(&fleet.words(context).await);
            logs.push('\n');
        }
        are_fit_to_be_read(&logs, &secrets, &bookings);
    })
    .await;
}
