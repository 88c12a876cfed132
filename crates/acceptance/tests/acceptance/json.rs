//! Calls as curl makes them: a path and JSON, and JSON back.

use boxoffice_acceptance::{Context, Person};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Status and body of a call.
pub(crate) async fn call(
    person: &Person,
    context: Context,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let mut request = person.client(context).http(method, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// Reads; it has to succeed.
pub(crate) async fn get(person: &Person, context: Context, path: &str) -> Value {
    good(path, call(person, context, Method::GET, path, None).await)
}

/// Does something; it has to succeed.
pub(crate) async fn post(person: &Person, context: Context, path: &str, body: Value) -> Value {
    good(path, call(person, context, Method::POST, path, Some(body)).await)
}

/// Deletes; it has to succeed.
pub(crate) async fn delete(person: &Person, context: Context, path: &str) -> Value {
    good(path, call(person, context, Method::DELETE, path, None).await)
}

/// Does something that has to be refused like this.
pub(crate) async fn refused(
    person: &Person,
    context: Context,
    (method, path): (Method, &str),
    body: Value,
    (status, reason): (StatusCode, &str),
) {
    let told = call(person, context, method, path, Some(body)).await;
    assert_eq!((told.0, because(&told.1)), (status, &json!(reason)), "{path}: {}", told.1);
}

/// The reason of a refusal, wherever its details have it.
pub(crate) fn because(refusal: &Value) -> &Value {
    let details = refusal["error"]["details"].as_array().map_or(&[][..], Vec::as_slice);
    details.iter().map(|it| &it["reason"]).find(|it| it.is_string()).unwrap_or(&Value::Null)
}

/// What stands there, as text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    let text = value.as_str();
    text.unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[track_caller]
fn good(path: &str, (status, body): (StatusCode, Value)) -> Value {
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}
