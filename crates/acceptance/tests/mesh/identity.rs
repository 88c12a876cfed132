//! Who may speak to whom: by certificate between pods, by service account between contexts, by token at the edge (CP-09, CP-15).

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use boxoffice_acceptance::{CONTEXTS, Context, Person, eventually, reason};
use boxoffice_contracts::access::v1::Role;
use boxoffice_testkit::clients::{Claims, Client};
use reqwest::Method;
use serde_json::json;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use crate::changed::Changed;
use crate::envoy::Envoy;
use crate::inside::inside;
use crate::kube::Kube;
use crate::plain;

/// What our own contexts alone call: whose it is, and who they are (ARCHITECTURE.md, the context map).
const INTERNAL: [(&str, Context, &[Context]); 5] = [
    (
        "/boxoffice.payment.v1.PaymentApprovalService/ApprovePayment",
        Context::PAYMENT,
        &[Context::BOOKING],
    ),
    ("/boxoffice.seating.v1.SeatHoldService/HoldSeats", Context::SEATING, &[Context::BOOKING]),
    (
        "/boxoffice.streaming.v1.LicenseRevocationService/RevokeLicense",
        Context::STREAMING,
        &[Context::BOOKING],
    ),
    (
        "/boxoffice.booking.v1.BookingLookupService/GetContact",
        Context::BOOKING,
        &[Context::DELIVERY, Context::NOTIFICATION],
    ),
    (
        "/boxoffice.booking.v1.BookingLookupService/CheckAttendance",
        Context::BOOKING,
        &[Context::REVIEW],
    ),
];

/// Calls an RPC with an empty message, which none of ours takes: how it is refused.
pub(crate) async fn call(url: &str, token: &str, path: &'static str) -> Status {
    let mut request = Request::new(());
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let mut grpc = tonic::client::Grpc::new(Client::new(url, None).unwrap().channel());
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<(), ()>::default();
    grpc.unary(request, PathAndQuery::from_static(path), codec).await.unwrap_err()
}

/// The RPCs that a token of ours is needed for, as the contracts declare it.
pub(crate) fn internal() -> Vec<&'static str> {
    let access = boxoffice_contracts::access().iter();
    let ours = access.filter(|(_, roles)| roles.as_slice() == [Role::Service]);
    ours.map(|(path, _)| path.as_str()).collect()
}

/// CP-15: whoever has no certificate of the mesh gets not a word out of a pod, except for its numbers.
#[tokio::test]
async fn plaintext_is_refused_by_every_pod() {
    let kube = Kube::here();
    for context in CONTEXTS {
        let pod = kube.pod(context.as_str()).await;
        let open = plain::said(&format!("{}:9464", pod.ip)).await;
        assert!(open.starts_with("HTTP/1.1 200"), "{context}: is the way there open? {open:?}");
        let said = plain::said(&format!("{}:8080", pod.ip)).await;
        assert_eq!(said, "", "{context} answers in plain text");
    }
}

/// CP-15: a good token of ours is not enough: of our own contexts only those may call that have to.
#[tokio::test]
async fn an_internal_service_answers_its_callers_alone() {
    let (kube, world) = (Kube::here(), crate::world());
    let declared: BTreeSet<_> = internal().into_iter().collect();
    assert_eq!(declared, INTERNAL.map(|(path, ..)| path).into(), "which are internal");
    let token = world.service().token.unwrap();
    for caller in CONTEXTS {
        let pod = kube.pod(caller.as_str()).await;
        let answers = inside(&pod, {
            let token = token.clone();
            async move || {
                let mut answers = Vec::new();
                for (path, callee, callers) in INTERNAL {
                    answers.push((path, callers, call(&at(callee), &token, path).await));
                }
                answers
            }
        });
        for (path, callers, status) in answers.await.unwrap() {
            // Whom it lets in, the context itself tells what is wrong with an empty message.
            let answered = reason(&status).is_some();
            assert_eq!(answered, callers.contains(&caller), "{caller} calls {path}: {status:?}");
        }
    }
}

/// CP-15: the way being hidden is not what keeps review out of payment: its certificate says who it is.
#[tokio::test]
async fn review_may_not_call_payment_even_where_it_sees_the_way() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let everywhere = json!([{"op": "replace", "path": "/spec/egress", "value": [{"hosts": ["./*", "stores/*", "istio-system/*"]}]}]);
    let _scope = Changed::by(&kube, "sidecar/review", &everywhere).await?;
    let pod = kube.pod(Context::REVIEW.as_str()).await;
    let token = world.service().token.unwrap();
    eventually("review is told that it may not", || async {
        let token = token.clone();
        let (path, payment, _) = INTERNAL[0];
        let status = inside(&pod, async move || call(&at(payment), &token, path).await);
        let status = status.await.unwrap();
        let told = status.code() == Code::PermissionDenied;
        (told && status.message().contains("RBAC: access denied")).then_some(())
    })
    .await;
    Ok(())
}

/// CP-09: a token that is not worth anything goes no further than the ingress.
#[tokio::test]
async fn forged_and_expired_tokens_stop_at_the_edge() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let issuer = world.platform.issuer();
    let good = Claims::new("alice", &["customer"]).with("iss", kube.issuer.clone());
    let sign = |claims: &Claims| issuer.sign(claims).unwrap();
    let (valid, admins) = (sign(&good), issuer.token("alice", &["admin"])?);
    let (_, signature) = valid.rsplit_once('.').unwrap();
    let (claims, _) = admins.rsplit_once('.').unwrap();
    let (_, claimed) = claims.split_once('.').unwrap();
    let cases = [
        ("expired", sign(&good.clone().expired(Duration::from_secs(600)))),
        ("another issuer's", sign(&good.clone().with("iss", "https://evil.example"))),
        ("with others' claims", format!("{claims}.{signature}")),
        ("unsigned", format!("eyJhbGciOiJub25lIn0.{claimed}.")),
        ("no token", "not-a-token".to_owned()),
    ];
    let gateway = Envoy::at_the_ingress(&kube).await?;
    let before = gateway.calls(Context::BOOKING, "stable").await?;
    for (kind, token) in cases {
        let person = Person::with_token(&world.platform, "alice", Some(&token));
        let status = person.bookings().await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::Unauthenticated, None), "{kind}");
        let request = person.client(Context::BOOKING).http(Method::GET, "/v1/bookings");
        let answer = request.send().await?;
        assert_eq!(answer.status(), 401, "{kind}");
        let words = answer.text().await?;
        assert!(words.starts_with("Jwt"), "{kind}: not the edge's own words: {words}");
    }
    ensure!(gateway.calls(Context::BOOKING, "stable").await? == before, "booking was called");
    let alice = Person::with_token(&world.platform, "alice", Some(&valid));
    alice.bookings().await?;
    ensure!(gateway.calls(Context::BOOKING, "stable").await? > before, "nothing is counted");
    Ok(())
}

fn at(context: Context) -> String {
    format!("http://{context}.boxoffice.svc.cluster.local:8080")
}
