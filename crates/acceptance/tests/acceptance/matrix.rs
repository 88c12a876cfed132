//! Every RPC and its HTTP twin by everybody (CP-12, NFR-07), generated from the contracts: each answer is what they declare. An
//! RPC that is new joins by itself.

mod call;
mod fill;
mod things;

use boxoffice_acceptance::{Context, Person, World, in_both_shared};
use boxoffice_contracts::access::v1::Role;
use futures::{StreamExt as _, stream};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::call::{Answer, Call};
use self::things::Alice;

/// Who calls, and what their token entitles to.
struct Caller {
    name: &'static str,
    person: Person,
    roles: &'static [Role],
}

/// What the contract says about a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Nothing is looked at.
    Refused { status: &'static str, reason: &'static str },
    /// They may, but it is somebody else's: for them it is not there.
    NotThere,
    /// They may, and see what is everybody's or their own.
    Served,
    /// They may, and see what is Alice's.
    Trusted,
}

/// Ids in requests of what belongs to one customer.
const OWNED: [&str; 6] =
    ["booking_id", "payment_id", "delivery_id", "license_id", "review_id", "notice_id"];

/// What nobody is told who calls as their contract allows, with a valid request.
const WRONG: [&str; 7] = [
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "INVALID_ARGUMENT",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNKNOWN",
    "RESOURCE_EXHAUSTED",
];

fn callers(world: &World, alice: &Alice) -> [Caller; 6] {
    use Role::{Admin, Care, Customer, Service};

    let caller = |name, person, roles| Caller { name, person, roles };
    [
        caller("nobody", world.nobody(), &[]),
        caller("the customer", alice.person.clone(), &[Customer]),
        caller("another customer", world.customer("bob"), &[Customer]),
        caller("admin", world.admin(), &[Admin, Customer]),
        caller("care", world.care(), &[Care, Customer]),
        caller("service", world.service(), &[Service]),
    ]
}

// === impl Caller ===

impl Caller {
    fn expects(&self, call: &Call) -> Expected {
        let mine = |role: &&Role| call.allowed.contains(role);
        let by: Vec<Role> = self.roles.iter().filter(mine).copied().collect();
        let is_theirs = self.name == "the customer";
        if by.is_empty() && !call.allowed.contains(&Role::Anyone) {
            return match self.roles {
                [] => Expected::Refused { status: "UNAUTHENTICATED", reason: "TOKEN_MISSING" },
                [..] => Expected::Refused { status: "PERMISSION_DENIED", reason: "ROLE_MISSING" },
            };
        }
        if is_theirs || by.iter().any(|role| *role != Role::Customer) {
            return Expected::Trusted;
        }
        let one = OWNED.iter().any(|field| call.has(field)) && !call.has("page_size");
        if one && !call.allowed.contains(&Role::Anyone) {
            Expected::NotThere
        } else {
            Expected::Served
        }
    }
}

// === impl Expected ===

impl Expected {
    /// What is wrong with an answer.
    fn fault(self, call: &Call, answer: &Answer, alice: &Alice) -> Option<String> {
        let told = (answer.status.as_str(), answer.reason.as_str());
        let fine = match self {
            Self::Refused { status, reason } => told == (status, reason),
            Self::NotThere => {
                // `booking_id` is answered by `BOOKING_NOT_FOUND`.
                let reason = |field: &&str| {
                    format!("{}_NOT_FOUND", field.trim_end_matches("_id").to_uppercase())
                };
                let reasons = OWNED.iter().filter(|field| call.has(field)).map(reason);
                told.0 == "NOT_FOUND" && reasons.into_iter().any(|it| it == told.1)
            }
            Self::Served | Self::Trusted => match call.twin.as_ref().is_some_and(|it| it.reads()) {
                true => told.0 == "OK",
                false => !WRONG.contains(&told.0),
            },
        };
        if !fine {
            return Some(format!("{} {}, not {self:?}", told.0, answer.text));
        }
        let shown = alice.marks.iter().find(|mark| answer.text.contains(*mark));
        let shown = shown.filter(|_| self != Self::Trusted);
        shown.map(|mark| format!("shows Alice's {mark:?}: {}", answer.text))
    }
}

/// Calls both ways; what was answered wrongly.
async fn wrong(call: &Call, caller: &Caller, alice: &Alice) -> Vec<String> {
    let expected = caller.expects(call);
    let mut wrong = Vec::new();
    let told = |way, fault| format!("{} by {} over {way}: {fault}", call.path(), caller.name);
    let grpc = call.by_grpc(&caller.person).await;
    wrong.extend(expected.fault(call, &grpc, alice).map(|it| told("gRPC", it)));
    if let Some(http) = call.by_http(&caller.person).await {
        wrong.extend(expected.fault(call, &http, alice).map(|it| told("HTTP", it)));
    }
    wrong
}

/// Every RPC × everybody × gRPC and HTTP: whoever may not is refused, and nothing has changed; a stranger does not find it;
/// whoever may is served.
async fn everybody_is_answered_as_the_contracts_declare(world: World) {
    let alice = Alice::with_everything(&world).await;
    let callers = callers(&world, &alice);
    let calls = call::all(&alice.things);
    let all = || calls.iter().flat_map(|call| callers.iter().map(move |caller| (call, caller)));
    let is_served = |(call, caller): &(&Call, &Caller)| {
        matches!(caller.expects(call), Expected::Served | Expected::Trusted)
    };
    let reads = |(call, _): &(&Call, &Caller)| call.twin.as_ref().is_some_and(|twin| twin.reads());
    let ask = async |chosen: Vec<(&Call, &Caller)>| {
        let answers = chosen.into_iter().map(|(call, caller)| wrong(call, caller, &alice));
        stream::iter(answers).buffer_unordered(8).concat().await
    };

    let before = alice.sees().await;
    let hers = format!("{before:?}");
    assert!(
        alice.marks.iter().all(|mark| hers.contains(mark)),
        "she does not see it herself: {hers}"
    );
    let mut wrong: Vec<String> = ask(all().filter(|it| !is_served(it)).collect()).await;
    assert_eq!(alice.sees().await, before, "somebody who may not changed something");
    wrong.extend(ask(all().filter(is_served).filter(reads).collect()).await);
    wrong.extend(ask(all().filter(is_served).filter(|it| !reads(it)).collect()).await);
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}
in_both_shared!(everybody_is_answered_as_the_contracts_declare);

/// What only our own services call has no HTTP twin, whatever is tried; everything else has one.
async fn only_what_is_for_services_has_no_twin(world: World) {
    let alice_less = fill::Things::new();
    for call in call::all(&alice_less) {
        let for_services = call.allowed == [Role::Service];
        assert_eq!(call.twin.is_none(), for_services, "{}", call.path());
        for person in [world.nobody(), world.service()] {
            let http = person.client(call.context()).http(Method::POST, &call.path());
            let answer = http.json(&json!({})).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{}", call.path());
        }
    }
}
in_both_shared!(only_what_is_for_services_has_no_twin);

/// Besides the twins there is only what is meant for everybody, and the provider's webhook, which believes a signature alone.
async fn no_other_path_is_served(world: World) {
    let nobody = world.nobody();
    let open = [
        "/",
        "/docs",
        "/openapi.json",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
    ];
    let closed = [
        "/admin",
        "/debug/pprof",
        "/health",
        "/metrics",
        "/v1",
        "/v1/payments/webhooks",
        "/v1/payments/webhooks/paypal",
        "/v1/payments/webhooks/stripe/",
        "/v1/bookings/..",
        "/v1/bookings/../../metrics",
        "//openapi.json",
        "/boxoffice.payment.v1.PaymentApprovalService",
    ];
    for context in boxoffice_acceptance::CONTEXTS {
        let send = async |method: Method, path: &str| {
            nobody.client(context).http(method, path).send().await.unwrap()
        };
        for path in open {
            assert_eq!(send(Method::GET, path).await.status(), StatusCode::OK, "{path}");
            let posted = send(Method::POST, path).await.status();
            assert_eq!(posted, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
        for path in closed {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
                let answer = send(method.clone(), path).await;
                let refused = [401, 404, 405].contains(&answer.status().as_u16());
                let body: Value = answer.json().await.unwrap();
                assert!(refused && body["error"]["code"].is_u64(), "{method} {path}: {body}");
            }
        }
    }
    let webhook = "/v1/payments/webhooks/stripe";
    let unsigned = nobody.client(Context::PAYMENT).http(Method::POST, webhook).body("{}");
    let status = unsigned.send().await.unwrap().status();
    assert!(status.is_client_error(), "an unsigned call of the webhook: {status}");
}
in_both_shared!(no_other_path_is_served);
