//! What every call may be answered instead: one shape, and the statuses it comes with.

use serde_json::{Value, json};

/// The HTTP statuses of refusals, by the one table of errors, and when each is told.
const REFUSALS: [(&str, &str, &str); 9] = [
    (
        "400",
        "Refused",
        "The request is not valid, or the state of things forbids it; `details` name the field or the reason.",
    ),
    ("401", "Unauthenticated", "There is no token, or not a good one."),
    ("403", "Denied", "The token has none of the roles in `x-roles`."),
    ("404", "NotFound", "It does not exist, or is somebody else's."),
    ("409", "Conflict", "Something else was changing it; the same call may be made again at once."),
    ("413", "TooLarge", "The body is larger than 1 MiB."),
    ("429", "TooMany", "Too many calls; `Retry-After` says when to call again."),
    (
        "503",
        "Unavailable",
        "Something that is needed does not answer; `Retry-After` says when to call again.",
    ),
    (
        "504",
        "TooLate",
        "It was not done in time; whether it is done later the state of things says.",
    ),
];

/// Refusals are declared once and referred to.
pub(super) fn responses() -> Value {
    let error = |(_, name, about): &(&str, &str, &str)| ((*name).to_owned(), answer(about));
    let other = "What went wrong, and what can be done about it.";
    let other = ("Other".to_owned(), answer(other));
    Value::Object(REFUSALS.iter().map(error).chain([other]).collect())
}

/// Declares them for an operation.
pub(super) fn declare(responses: &mut Value) {
    for (status, name, _) in REFUSALS.iter().chain(&[("default", "Other", "")]) {
        responses[status] = json!({"$ref": format!("#/components/responses/{name}")});
    }
}

fn answer(about: &str) -> Value {
    json!({
        "description": about,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    })
}

/// The one shape.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "A google.rpc.Status in JSON, as Google's own APIs answer (AIP-193).",
        "required": ["error"],
        "properties": {"error": {
            "type": "object",
            "required": ["code", "status", "message", "details"],
            "properties": {
                "code": {"type": "integer", "description": "The HTTP status."},
                "status": {"type": "string", "description": "The gRPC code, such as `INVALID_ARGUMENT`."},
                "message": {"type": "string", "description": "For people; may change."},
                "details": {
                    "type": "array",
                    "description": "For programs: always a google.rpc.ErrorInfo with a stable `reason`; BadRequest names fields, RetryInfo says when to try again.",
                    "items": {
                        "type": "object",
                        "required": ["@type"],
                        "properties": {
                            "@type": {"type": "string"},
                            "reason": {"type": "string"},
                            "domain": {"type": "string"},
                            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
                            "fieldViolations": {"type": "array", "items": {
                                "type": "object",
                                "properties": {
                                    "field": {"type": "string"},
                                    "description": {"type": "string"},
                                },
                            }},
                            "retryDelay": {"type": "string", "description": "Seconds, such as `1s`."},
                        },
                    },
                },
            },
        }},
    })
}
