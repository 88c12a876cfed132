//! One booking is one trace, from whoever called to the last thing that follows, read in a real Jaeger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxoffice_acceptance::{
    Context, Fleet, Person, Plan, SLOW, Settings, Single, VISA, World, eventually, id, run_fleet,
    run_single,
};
use boxoffice_testkit::servers::{Authority, Jaeger, Seen};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// Where a story begins: a caller who has begun a trace of their own.
struct Caller {
    trace: String,
    span: String,
}

/// A span as a story tells of it: whose, its kind and its name.
type Told = (&'static str, &'static str, &'static str);

const PLACE: &str = "boxoffice.booking.v1.BookingService/PlaceBooking";
const HOLD: &str = "boxoffice.seating.v1.SeatHoldService/HoldSeats";
const APPROVE: &str = "boxoffice.payment.v1.PaymentApprovalService/ApprovePayment";
const CONTACT: &str = "boxoffice.booking.v1.BookingLookupService/GetContact";

/// What one ticket leaves in a trace, whoever pays how.
const BOUGHT: [Told; 24] = [
    ("booking", "server", "POST /v1/bookings"),
    ("booking", "internal", PLACE),
    ("booking", "internal", "booking Place"),
    ("booking", "client", HOLD),
    ("seating", "server", HOLD),
    ("seating", "internal", "seating Hold"),
    ("booking", "client", APPROVE),
    ("payment", "server", APPROVE),
    ("payment", "internal", "payment Approve"),
    ("booking", "producer", "send boxoffice.booking.v1.BookingPlaced"),
    ("booking", "producer", "send boxoffice.booking.v1.BookingConfirmed"),
    ("payment", "producer", "send boxoffice.payment.v1.PaymentApproved"),
    ("seating", "producer", "send boxoffice.seating.v1.SeatsHeld"),
    ("seating", "consumer", "process boxoffice.booking.v1.BookingConfirmed"),
    ("seating", "producer", "send boxoffice.seating.v1.SeatsSold"),
    ("delivery", "consumer", "process boxoffice.booking.v1.BookingConfirmed"),
    ("delivery", "producer", "send boxoffice.delivery.v1.DeliveryStarted"),
    ("mypage", "consumer", "process boxoffice.booking.v1.BookingConfirmed"),
    ("mypage", "consumer", "process boxoffice.seating.v1.SeatsSold"),
    ("streaming", "consumer", "process boxoffice.booking.v1.BookingConfirmed"),
    ("notification", "consumer", "process boxoffice.payment.v1.PaymentApproved"),
    ("notification", "internal", "send notice"),
    ("booking", "server", CONTACT),
    ("notification", "producer", "send boxoffice.notification.v1.NoticeSent"),
];

// === impl Caller ===

impl Caller {
    fn new() -> Self {
        let span = Uuid::new_v4().simple().to_string();
        Self { trace: Uuid::new_v4().simple().to_string(), span: span[..16].to_owned() }
    }

    /// Books a place by JSON; the booking.
    async fn books(&self, person: &Person, showing: &str, pays: &str, more: Value) -> Value {
        let Self { trace, span } = self;
        let headers = [("traceparent".to_owned(), format!("00-{trace}-{span}-01"))];
        book(person, showing, (pays, more), &headers).await
    }

    /// The spans of its trace, once all of these are there.
    async fn sees(&self, jaeger: &Jaeger, told: &[Told]) -> Vec<Seen> {
        let missing = |spans: &[Seen]| -> Vec<Told> {
            let is_there = |(service, kind, name): &Told| {
                let told = (*service, *kind, *name);
                spans.iter().any(|it| (it.service.as_str(), it.kind(), it.name.as_str()) == told)
            };
            told.iter().filter(|told| !is_there(told)).copied().collect()
        };
        let mut last = Vec::new();
        let arrives = async {
            loop {
                last = jaeger.trace(&self.trace).await.unwrap();
                if missing(&last).is_empty() {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        let in_time = tokio::time::timeout(boxoffice_acceptance::PATIENCE, arrives).await;
        assert!(in_time.is_ok(), "missing: {:#?} in {:#?}", missing(&last), names(&last));
        last
    }

    /// The trace holds together: every span but the first, which is the caller's child, has its parent in it, of the kind that
    /// its own kind calls for.
    fn holds_together(&self, spans: &[Seen]) {
        let by_id: BTreeMap<_, _> = spans.iter().map(|it| (it.id.as_str(), it)).collect();
        assert_eq!(by_id.len(), spans.len(), "a span came twice");
        for span in spans {
            let parent = span.parent.as_deref().unwrap_or("none");
            if parent == self.span {
                assert_eq!((span.service.as_str(), span.kind()), ("booking", "server"), "{span:?}");
                continue;
            }
            let parent = by_id.get(parent);
            let parent = parent.unwrap_or_else(|| panic!("an orphan: {span:#?}"));
            match span.kind() {
                "server" => assert_eq!((parent.kind(), &parent.name), ("client", &span.name)),
                "consumer" => {
                    let sent = span.name.replacen("process ", "send ", 1);
                    assert_eq!((parent.kind(), &parent.name), ("producer", &sent));
                }
                "client" | "producer" | "internal" => {
                    assert_eq!(parent.service, span.service, "{span:#?} in {parent:#?}");
                }
                other => panic!("a span of kind {other:?}: {span:?}"),
            }
        }
    }
}

/// Books a place by JSON, with these headers.
async fn book(
    person: &Person,
    showing: &str,
    (pays, more): (&str, Value),
    headers: &[(String, String)],
) -> Value {
    let mut wish = json!({"requestId": id(), "paymentMethod": pays,
        "showing": {"showingId": showing, "quantity": 1}});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut request = person.client(Context::BOOKING).http(Method::POST, "/v1/bookings");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.json(&wish).send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{body}");
    body["booking"].clone()
}

fn names(spans: &[Seen]) -> BTreeSet<(String, String, String)> {
    let name = |it: &Seen| (it.service.clone(), it.kind().to_owned(), it.name.clone());
    spans.iter().map(name).collect()
}

fn failures(spans: &[Seen]) -> Vec<&str> {
    spans.iter().filter(|it| it.tag("error") == "true").map(|it| it.name.as_str()).collect()
}

/// A ticket that is paid at once: every service, every hop.
async fn pays_at_once(alice: &Person, showing: &str, jaeger: &Jaeger) {
    let caller = Caller::new();
    let booking = caller.books(alice, showing, VISA, json!({})).await;
    assert_eq!(booking["state"], "BOOKING_STATE_CONFIRMED");
    let spans = caller.sees(jaeger, &BOUGHT).await;

    let services: BTreeSet<_> = spans.iter().map(|it| it.service.as_str()).collect();
    let expected =
        ["booking", "delivery", "mypage", "notification", "payment", "seating", "streaming"];
    assert_eq!(services, BTreeSet::from(expected));
    assert_eq!(failures(&spans), [""; 0]);
    let place = spans.iter().find(|it| it.name == PLACE).unwrap();
    assert_eq!(place.tag("booking.id"), booking["bookingId"]);
    assert_eq!((place.tag("rpc.system"), place.tag("rpc.method")), ("grpc", "PlaceBooking"));
    assert_eq!(place.tag("rpc.grpc.status_code"), "0");
    let edge = spans.iter().find(|it| it.name == "POST /v1/bookings").unwrap();
    assert_eq!(
        (edge.tag("http.route"), edge.tag("http.response.status_code")),
        ("/v1/bookings", "200")
    );
    let hop = spans.iter().find(|it| it.kind() == "consumer").unwrap();
    assert_eq!(hop.tag("messaging.system"), "nats");
    assert_eq!(hop.tag("booking.id"), booking["bookingId"]);

    eventually("the trace holds together", || async {
        let spans = jaeger.trace(&caller.trace).await.ok()?;
        let ids: BTreeSet<_> = spans.iter().map(|it| it.id.clone()).collect();
        let is_whole =
            |it: &Seen| it.parent.as_ref().is_some_and(|it| *it == caller.span || ids.contains(it));
        spans.iter().all(is_whole).then(|| caller.holds_together(&spans))
    })
    .await;
}

/// A ticket whose payment is settled by the worker, sent by a worker, for a caller who speaks B3.
async fn pays_later(alice: &Person, showing: &str, jaeger: &Jaeger) {
    let caller = Caller::new();
    let (trace, span) = (caller.trace.clone(), caller.span.clone());
    let single = [("b3".to_owned(), format!("{trace}-{span}-1"))];
    let contact = json!({"name": "Ada", "phone": "010-0000-0000", "address": "1 Main Street"});
    let more = json!({"fulfilment": "FULFILMENT_POST", "contact": contact});
    let booking = book(alice, showing, (SLOW, more), &single).await;
    assert_eq!(booking["state"], "BOOKING_STATE_AWAITING_PAYMENT");
    let later = [
        ("booking", "producer", "send boxoffice.booking.v1.PaymentRequested"),
        ("payment", "consumer", "process boxoffice.booking.v1.PaymentRequested"),
        ("payment", "internal", "settle payment"),
        ("booking", "consumer", "process boxoffice.payment.v1.PaymentApproved"),
        ("delivery", "internal", "send parcel"),
        ("delivery", "client", CONTACT),
    ];
    let spans = caller.sees(jaeger, &[&BOUGHT[..], &later].concat()).await;
    assert!(failures(&spans).contains(&APPROVE), "that call was given up: {:?}", failures(&spans));
    let settled = spans.iter().find(|it| it.name == "settle payment").unwrap();
    assert_eq!(settled.tag("booking.id"), booking["bookingId"]);
}

/// A caller who speaks B3 in many headers, and one who does not want to be traced.
async fn is_traced_as_asked(alice: &Person, showing: &str, jaeger: &Jaeger) {
    for (sampled, is_kept) in [("0", false), ("1", true)] {
        let caller = Caller::new();
        let headers =
            [("traceid", caller.trace.as_str()), ("spanid", &caller.span), ("sampled", sampled)];
        let headers = headers.map(|(name, value)| (format!("x-b3-{name}"), value.to_owned()));
        book(alice, showing, (VISA, json!({})), &headers).await;
        if is_kept {
            caller.sees(jaeger, &BOUGHT).await;
        } else {
            // What follows has not been kept either by the time that the next one's has been.
            let unwanted = caller.trace;
            let next = Caller::new();
            next.books(alice, showing, VISA, json!({})).await;
            next.sees(jaeger, &BOUGHT).await;
            assert_eq!(jaeger.trace(&unwanted).await.unwrap(), []);
        }
    }
}

/// CP-14, OPS-10, NFR-15: one ticket is one trace, whichever way it takes; and it is sold without anybody to tell it to.
#[tokio::test]
async fn one_ticket_is_one_trace() {
    let jaeger = Jaeger::start().await.unwrap();
    let settings = Settings::default()
        .flag("otlp-url", jaeger.otlp_url())
        .flag("payment-deadline", "700ms")
        .flag("provider-deadline", "500ms")
        .flag("simulator-slow", "2s");
    run_fleet(settings, |world: World, fleet: Arc<Fleet>| async move {
        let showing = world.admin().schedule(Plan::general(10, 9_000)).await;
        let alice = world.customer("alice");
        pays_at_once(&alice, &showing, &jaeger).await;
        pays_later(&alice, &showing, &jaeger).await;
        is_traced_as_asked(&alice, &showing, &jaeger).await;

        drop(jaeger);
        for _ in 0..3 {
            let booking = Caller::new().books(&alice, &showing, VISA, json!({})).await;
            assert_eq!(booking["state"], "BOOKING_STATE_CONFIRMED");
        }
        eventually("the log says so", || async {
            let words = fleet.words(Context::BOOKING).await;
            words.contains("the collector does not take them").then_some(())
        })
        .await;
    })
    .await;
}

/// CP-14, OPS-10: one process is one service, and its spans go by https to whom its operator trusts, and to nobody else.
#[tokio::test]
async fn one_process_is_traced_by_https() {
    let authority = Authority::new().unwrap();
    let certificate = authority.sign("127.0.0.1").unwrap();
    let jaeger = Jaeger::start_secure(&certificate).await.unwrap();
    let settings = Settings::default()
        .flag("otlp-url", jaeger.otlp_url())
        .flag("otlp-ca", &authority.file().display().to_string());
    run_single(settings, |world: World, single: Arc<Single>| async move {
        let showing = world.admin().schedule(Plan::general(10, 9_000)).await;
        let alice = world.customer("alice");
        let caller = Caller::new();
        caller.books(&alice, &showing, VISA, json!({})).await;
        let told = [
            ("boxoffice", "server", "POST /v1/bookings"),
            ("boxoffice", "internal", APPROVE),
            ("boxoffice", "consumer", "process boxoffice.booking.v1.BookingConfirmed"),
        ];
        let spans = caller.sees(&jaeger, &told).await;
        assert!(spans.iter().all(|it| it.service == "boxoffice" && it.kind() != "client"));

        let stranger = Authority::new().unwrap();
        let theirs = stranger.file().display().to_string();
        world.platform.restart_with(Context::BOOKING, &[("otlp-ca", &theirs)]).await.unwrap();
        let caller = Caller::new();
        caller.books(&alice, &showing, VISA, json!({})).await;
        eventually("the log says so", || async {
            single.words().await.contains("the collector does not take them").then_some(())
        })
        .await;
        assert_eq!(jaeger.trace(&caller.trace).await.unwrap(), []);
    })
    .await;
}
