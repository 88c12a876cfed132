//! Nonsense in every field of every public call, by gRPC and by HTTP: each answer is typed, none is our fault.

mod calls;
mod generated;

use std::time::Duration;

use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, Settings, Wish, World, in_both, in_both_shared, reason,
};
use futures::{StreamExt as _, stream};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tonic::client::Grpc;
use tonic::{Code, Request, Status};

use self::calls::Call;
use crate::raw::Raw;

/// What may be put in the place of any value.
fn nonsense() -> Vec<Value> {
    let long = "x".repeat(20_000);
    vec![
        Value::Null,
        json!(""),
        json!(" "),
        json!("nonsense"),
        json!(long),
        json!("\u{0}"),
        json!("'; DROP TABLE outbox; --"),
        json!("%_%"),
        json!("🎭\u{202e}е́"),
        json!("00000000-0000-0000-0000-000000000000"),
        json!("0000-00-00T00:00:00Z"),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!("10000000000000000000s"),
        json!("KIND_NONSENSE"),
        json!(-1),
        json!(0),
        json!(99),
        json!(i32::MAX),
        json!(i64::from(i32::MAX) + 1),
        json!(i64::MIN),
        json!(1e300),
        json!(0.5),
        json!(true),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "nonsense": 1 }),
    ]
}

/// The request with nonsense in one place, for every place and every nonsense.
fn spoiled(request: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for place in places(request, String::new()) {
        for value in nonsense() {
            let mut other = request.clone();
            if let Some(there) = other.pointer_mut(&place) {
                *there = value;
            }
            all.push(other);
        }
    }
    all
}

/// JSON pointers to everything in it.
fn places(value: &Value, here: String) -> Vec<String> {
    let below: Vec<_> = match value {
        Value::Object(fields) => fields.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(number, it)| (number.to_string(), it)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let below = below.into_iter().flat_map(|(name, it)| places(it, format!("{here}/{name}")));
    below.chain((!here.is_empty()).then(|| here.clone())).collect()
}

/// What is wrong with a refusal, if anything is.
fn fault(told: &Status) -> Option<String> {
    let ours = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Unimplemented];
    let typed = reason(told).is_some_and(|it| !it.is_empty());
    (ours.contains(&told.code()) || !typed).then(|| format!("{told:?}"))
}

/// The same of an HTTP answer. It may be a stream, whose head is enough.
async fn http_fault(answer: Response) -> Option<String> {
    let status = answer.status();
    if status.is_success() {
        return None;
    }
    let text = answer.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let details = body["error"]["details"].as_array().cloned().unwrap_or_default();
    let typed = details.iter().any(|it| it["reason"].as_str().is_some_and(|it| !it.is_empty()));
    let ours = status.is_server_error() || body["error"]["code"] != status.as_u16();
    (ours || !typed).then(|| format!("{status} {text}"))
}

/// What bytes are told, if they are refused.
async fn send(person: &Person, context: Context, rpc: &str, bytes: Vec<u8>) -> Option<Status> {
    let mut grpc = Grpc::new(person.client(context).channel());
    grpc.ready().await.unwrap();
    let mut request = Request::new(stream::iter([bytes]));
    let bearer = format!("Bearer {}", person.token.as_deref().unwrap_or_default());
    request.metadata_mut().insert("authorization", bearer.parse().unwrap());
    match grpc.streaming(request, rpc.parse().unwrap(), Raw).await {
        Err(told) => Some(told),
        Ok(answer) => {
            let mut answers = answer.into_inner();
            let first = tokio::time::timeout(Duration::from_secs(5), answers.next()).await;
            first.ok().flatten().and_then(Result::err) // a stream may have nothing to say yet
        }
    }
}

/// Sends everything there is to send of one call; what was answered wrongly.
async fn try_everything(world: &World, call: &Call) -> Vec<String> {
    let mut sent: Vec<_> = spoiled(&call.request);
    sent.push(call.request.clone());
    let answers = stream::iter(sent).map(async |request| {
        let mut wrong = Vec::new();
        let person = call.person(world);
        if let Some(bytes) = (call.encode)(request.clone())
            && let Some(told) = send(&person, call.context, call.rpc, bytes).await
        {
            wrong.extend(fault(&told).map(|it| format!("{} {request}: {it}", call.rpc)));
        }
        let http = call.http(&person, &request).send().await;
        if let Some(fault) = http_fault(http.unwrap()).await {
            let shown: String = request.to_string().chars().take(400).collect();
            wrong.push(format!("{} {} {shown}: {fault}", call.method, call.path));
        }
        wrong
    });
    answers.buffer_unordered(8).concat().await
}

/// Every public RPC, field by field.
async fn nonsense_in_any_field_is_the_callers_mistake(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let places = admin.schedule(Plan::general(100, 9_000)).await;
    let mut wrong = Vec::new();
    for call in calls::all(&showing, &places) {
        wrong.extend(try_everything(&world, &call).await);
    }
    let shown: Vec<_> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} wrong answers, such as\n{}", wrong.len(), shown.join("\n"));
}
in_both!(
    nonsense_in_any_field_is_the_callers_mistake,
    Settings::default().flag("hold", "2s").flag("log-filter", "error")
);

/// Every public RPC, with bytes that are no message.
async fn bytes_that_are_no_message_are_the_callers_mistake(world: World) {
    for call in calls::all(&boxoffice_acceptance::id(), &boxoffice_acceptance::id()) {
        let person = call.person(&world);
        let whole = (call.encode)(call.request.clone()).unwrap();
        let cut = whole[..whole.len() - 1].to_vec();
        let not_utf8 = vec![0x0a, 2, 0xff, 0xfe];
        let endless = vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f];
        for bytes in [not_utf8, endless, cut, vec![0xff; 64], vec![7; 1000]] {
            let told = send(&person, call.context, call.rpc, bytes.clone()).await;
            let told = told.unwrap_or_else(|| panic!("{} takes {bytes:?}", call.rpc));
            assert_eq!(told.code(), Code::InvalidArgument, "{} {bytes:?} {told:?}", call.rpc);
            assert!(fault(&told).is_none(), "{} {told:?}", call.rpc);
        }
        let told = send(&person, call.context, call.rpc, vec![0; 5 << 20]).await.unwrap();
        Err::<(), _>(told).refused().with(Code::OutOfRange, "REQUEST_TOO_LARGE");
    }
}
in_both_shared!(bytes_that_are_no_message_are_the_callers_mistake);

/// Every path and method of `/openapi.json` is served, and says so in its own words.
async fn every_documented_call_is_served(world: World) {
    let nobody = world.nobody();
    let document = nobody.client(Context::CATALOG).http(Method::GET, "/openapi.json");
    let document: Value = document.send().await.unwrap().json().await.unwrap();
    let mut calls = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let context = match path.split(['/', ':', '{']).nth(2).unwrap() {
            "titles" => Context::CATALOG,
            "showings" | "halls" => Context::SEATING,
            "bookings" => Context::BOOKING,
            "payments" => Context::PAYMENT,
            "deliveries" => Context::DELIVERY,
            "licenses" => Context::STREAMING,
            "reviews" | "ratings" => Context::REVIEW,
            "notices" => Context::NOTIFICATION,
            "me" | "care" => Context::MYPAGE,
            other => panic!("whose is {other}?"),
        };
        let methods = methods.as_object().unwrap().keys();
        let verbs = ["get", "post", "put", "patch", "delete"];
        for method in methods.filter(|it| verbs.contains(&it.as_str())) {
            let filled: Vec<_> = path
                .split('{')
                .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest))
                .collect();
            let filled = filled.join("nonsense");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = nobody.client(context).http(method.clone(), &filled);
            let answer = request.json(&json!({})).send().await.unwrap();
            let status = answer.status();
            let served = ![404, 405].contains(&status.as_u16());
            let text = answer.text().await.unwrap();
            assert!(served || text.contains("_NOT_FOUND"), "{method} {path}: {status} {text}");
            calls += 1;
        }
    }
    assert_eq!(calls, calls::HTTP_RPCS, "a call is not documented");
}
in_both_shared!(every_documented_call_is_served);

/// Nothing that is refused leaves a trace: no booking, no seat.
async fn what_is_refused_leaves_no_trace(world: World) {
    let (admin, mallory) = (world.admin(), world.customer("mallory"));
    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    for spoil in [-5, 0, 11_000_000, i32::MIN, i32::MAX] {
        mallory.place(Wish::places(&showing, spoil)).await.refused();
    }
    assert_eq!(mallory.bookings().await.unwrap(), []);
    mallory.sees_seats(&showing, 10, 0, 0).await;
}
in_both!(what_is_refused_leaves_no_trace);
