//! A valid request of any RPC, by its descriptor. A new field that needs a value of its own is told so here, once for all RPCs.

use std::collections::BTreeMap;

use boxoffice_acceptance::{VISA, id};
use boxoffice_kernel::Clock;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

/// Values of fields by their names: ids of what is there.
pub(super) type Things = BTreeMap<&'static str, String>;

/// As proto3 JSON.
pub(super) fn request(message: &MessageDescriptor, things: &Things) -> Value {
    match message.full_name() {
        "google.protobuf.Timestamp" => in_hours(2),
        "google.protobuf.Duration" => json!("5400s"),
        "google.protobuf.FieldMask" => json!("name"),
        "google.type.Date" => json!({ "year": 2027, "month": 2, "day": 3 }),
        "google.type.Money" => json!({ "currencyCode": "KRW", "units": "9000" }),
        _ => fields(message, things),
    }
}

fn fields(message: &MessageDescriptor, things: &Things) -> Value {
    let mut filled = Map::new();
    let mut chosen = Vec::new();
    for field in message.fields() {
        if let Some(choice) = field.containing_oneof() {
            if chosen.contains(&choice) {
                continue;
            }
            chosen.push(choice);
        }
        if let Some(value) = value(&field, things) {
            filled.insert(field.json_name().to_owned(), value);
        }
    }
    Value::Object(filled)
}

/// None: the field is best left out.
fn value(field: &FieldDescriptor, things: &Things) -> Option<Value> {
    if let Some(thing) = things.get(field.name()) {
        return Some(json!(thing));
    }
    Some(match field.name() {
        "request_id" => json!(id()),
        "payment_method" => json!(VISA),
        "start_time" => in_hours(1),
        "end_time" | "start_before" => in_hours(3),
        "email" => json!("matrix@example.com"),
        "language" => json!("ko"),
        "poster_uri" => json!("https://example.com/poster.png"),
        // What the server says, where a page begins, and flags.
        "rating" | "state" | "create_time" | "update_time" | "page_token" | "resume_token" => {
            return None;
        }
        _ => by_kind(field, things)?,
    })
}

fn by_kind(field: &FieldDescriptor, things: &Things) -> Option<Value> {
    let kind = field.kind();
    let one = if let Kind::Message(message) = kind {
        request(&message, things)
    } else if field.is_list() || kind == Kind::Bool {
        // Seats by their names: here they are counted.
        return None;
    } else if let Kind::Enum(names) = kind {
        let first = names.values().find(|it| it.number() != 0);
        json!(first.map(|it| it.name().to_owned()))
    } else if kind == Kind::String {
        json!("matrix")
    } else {
        json!(1)
    };
    Some(if field.is_list() { json!([one]) } else { one })
}

fn in_hours(hours: i64) -> Value {
    json!((Clock.now() + chrono::TimeDelta::hours(hours)).to_rfc3339())
}
