//! Tokens of a real identity provider (CP-09, NFR-07): people sign in there, our services are its clients, and its keys change.

mod forged;
mod sign_in;

use boxoffice_acceptance::booking::v1::{BookingState, ListBookingsRequest};
use boxoffice_acceptance::catalog::v1::ListTitlesRequest;
use boxoffice_acceptance::{Plan, Refused as _, VISA, Wish, eventually};
use boxoffice_kernel::Clock;
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::platform::Node;
use boxoffice_testkit::servers::{Nats, Oidc, SigningKey, free_port};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use tonic::{Code, Status};

use self::sign_in::sign_in;

/// A process that believes this issuer.
fn believing(oidc: &Oidc, name: &'static str) -> Node {
    let mut node = Node::new(name, free_port().unwrap()).unwrap();
    let (id, secret) = Oidc::CLIENT;
    let flags = [
        ("issuer", &*oidc.url()),
        ("audience", "boxoffice"),
        ("roles-claim", "realm_access.roles"),
        ("client-id", id),
        ("client-secret", secret),
        // Whatever is told of a token would be told here.
        ("log-filter", "debug"),
    ];
    node.set(flags.map(|(name, value)| (name.to_owned(), value.to_owned())));
    node
}

fn caller(node: &Node, token: &str) -> Client {
    Client::new(&node.url(), Some(token)).unwrap()
}

/// What a customer's token is good for.
async fn lists(node: &Node, token: &str) -> Result<(), Status> {
    caller(node, token).booking().list_bookings(ListBookingsRequest::default()).await.map(drop)
}

/// As the provider's own tokens.
fn claims(oidc: &Oidc) -> Value {
    let now = Clock.now().timestamp();
    json!({
        "iss": oidc.url(), "aud": "boxoffice", "sub": "mallory", "client_id": "web",
        "iat": now, "exp": now + 600, "realm_access": { "roles": ["admin"] },
    })
}

/// A token of the provider that nobody has seen yet.
fn signed(key: &SigningKey, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(key.id.clone());
    let key = EncodingKey::from_rsa_pem(key.private.as_bytes()).unwrap();
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// CP-09: whoever has signed in there books here, in a fleet whose services are clients of the same issuer.
#[tokio::test]
async fn who_has_signed_in_at_the_issuer_buys_a_ticket() {
    let (oidc, nats) = (Oidc::start().await.unwrap(), Nats::start().await.unwrap());
    let mut seating = believing(&oidc, "seating");
    let mut others = believing(&oidc, "others");
    seating.set([("context".to_owned(), "seating".to_owned())]);
    others.set([("context".to_owned(), "booking,payment".to_owned())]);
    // Nobody asks catalog or streaming here; but where they are has to be said.
    for peer in ["seating", "catalog", "streaming"] {
        others.add("peer", format!("{peer}={}", seating.url()));
    }
    for node in [&mut seating, &mut others] {
        node.set([("nats-url".to_owned(), nats.url())]);
        node.start().await.unwrap();
    }

    let manager = sign_in(&oidc, "manager").await.access;
    let alice = sign_in(&oidc, "alice").await.access;
    let schedule = async |token: &str| {
        let request = Plan::rows(1, 4, 9_000).request();
        caller(&seating, token).seating().schedule_showing(request).await
    };
    schedule(&alice).await.refused().with(Code::PermissionDenied, "ROLE_MISSING");
    let showing = schedule(&manager).await.unwrap().into_inner().showing.unwrap();

    let wish = Wish::seats(&showing.showing_id, &["A-1"]).paid_by(VISA).request();
    let booked = caller(&others, &alice).booking().place_booking(wish).await.unwrap();
    let booking = booked.into_inner().booking.unwrap();
    assert_eq!(booking.state(), BookingState::Confirmed, "{booking:?}");
    assert_eq!(booking.customer_id, "alice");
    assert_eq!(booking.contact.unwrap().email, "alice@example.com");

    for node in [&seating, &others] {
        let words = node.words();
        let (_, secret) = Oidc::CLIENT;
        for token in [manager.as_str(), alice.as_str(), secret] {
            assert!(!words.contains(token), "a log holds {token}");
        }
    }
}

/// CP-09: keys change while we run; while the issuer is away, those that are known go on.
#[tokio::test]
async fn keys_change_and_their_issuer_goes_away_and_comes_back() {
    let mut oidc = Oidc::start().await.unwrap();
    let mut node = believing(&oidc, "boxoffice");
    node.start().await.unwrap();
    let first = oidc.key().unwrap();
    lists(&node, &sign_in(&oidc, "alice").await.access).await.unwrap();

    oidc.stop().await.unwrap();
    oidc.start_again().await.unwrap();
    let second = oidc.key().unwrap();
    assert_ne!(first.id, second.id);
    let token = sign_in(&oidc, "alice").await.access;
    comes_in(&node, &token).await;
    lists(&node, &signed(&first, &claims(&oidc))).await.expect("the key before is still published");

    oidc.stop().await.unwrap();
    let fresh = signed(&second, &claims(&oidc));
    lists(&node, &fresh).await.expect("a known key goes on without its issuer");
    let stranger = SigningKey { id: "stranger".to_owned(), ..second.clone() };
    let stranger = signed(&stranger, &claims(&oidc));
    lists(&node, &stranger).await.refused().with(Code::Unauthenticated, "TOKEN_INVALID");
    let mut newcomer = believing(&oidc, "newcomer");
    newcomer.start().await.unwrap();
    lists(&newcomer, &fresh).await.refused().with(Code::Unavailable, "ISSUER_UNAVAILABLE");
    let answer = caller(&newcomer, &fresh).http(Method::GET, "/v1/bookings").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    let nobody = Client::new(&newcomer.url(), None).unwrap();
    nobody.catalog().list_titles(ListTitlesRequest::default()).await.unwrap();

    oidc.start_again().await.unwrap();
    comes_in(&newcomer, &fresh).await;
    let token = sign_in(&oidc, "alice").await.access;
    for node in [&node, &newcomer] {
        comes_in(node, &token).await;
        let withdrawn = signed(&first, &claims(&oidc));
        lists(node, &withdrawn).await.refused().with(Code::Unauthenticated, "TOKEN_INVALID");
    }
}

/// The issuer is asked for unknown keys every ten seconds at most.
async fn comes_in(node: &Node, token: &str) {
    eventually("the new key is found", || async { lists(node, token).await.ok() }).await;
}
