//! Bodies of requests: what of a message stands in the body, and nothing else.

use prost_reflect::MethodDescriptor;
use serde_json::{Map, Value, json};

const COMPONENTS: &str = "#/components/schemas/";

/// A message of which something is in the path or in a header is not required to say that in the body, too.
pub(super) fn trim(method: &MethodDescriptor, operation: &mut Value, schemas: &Map<String, Value>) {
    if operation.get("requestBody").is_none() {
        return;
    }
    let input = method.input();
    let schema = &mut operation["requestBody"]["content"]["application/json"]["schema"];
    let whole = schema["$ref"] == format!("{COMPONENTS}{}", input.full_name());
    if !whole {
        // The body is one field of the message, and a field may be null.
        *schema = json!({"anyOf": [schema, {"type": "null"}]});
        return;
    }
    let Some(Value::Object(mut body)) = schemas.get(input.full_name()).cloned() else { return };
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let mut elsewhere = Vec::new();
    for field in input.fields() {
        let is = |it: &Value, place: &str| it["in"] == place && it["name"] == field.name();
        if parameters.iter().any(|it| is(it, "path")) {
            body["properties"][field.json_name()] = json!({"type": "string", "description": "Stands in the path; here it does not count."});
            elsewhere.push(field.json_name().to_owned());
        } else if field.name() == "request_id" {
            elsewhere.push(field.json_name().to_owned()); // or in `Idempotency-Key`
        }
    }
    if let Some(required) = body.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|it| !elsewhere.iter().any(|name| it == name));
    }
    body.retain(|name, value| {
        name != "required" || value.as_array().is_some_and(|it| !it.is_empty())
    });
    operation["requestBody"]["content"]["application/json"]["schema"] = body.into();
}

/// What is sent to us may have no fields that we do not know: they are refused.
pub(super) fn close(paths: &mut Map<String, Value>, schemas: &mut Map<String, Value>) {
    let mut left = Vec::new();
    for operation in
        paths.values_mut().filter_map(Value::as_object_mut).flat_map(|it| it.values_mut())
    {
        if let Some(body) = operation.get_mut("requestBody") {
            let schema = &mut body["content"]["application/json"]["schema"];
            seal(schema);
            references(schema, &mut left);
        }
    }
    while let Some(name) = left.pop() {
        let Some(schema) = schemas.get_mut(&name) else { continue };
        if schema.get("additionalProperties").is_none() {
            references(schema, &mut left);
            seal(schema);
        }
    }
}

fn seal(schema: &mut Value) {
    if schema["type"] == "object" {
        schema["additionalProperties"] = false.into();
    }
}

/// The components a schema speaks of.
fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            found.extend(name.and_then(|it| it.strip_prefix(COMPONENTS)).map(str::to_owned));
            members.values().for_each(|it| references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
