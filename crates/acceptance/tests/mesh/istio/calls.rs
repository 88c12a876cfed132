//! Every RPC there is, as the contracts have it.

use std::collections::BTreeMap;

use boxoffice_contracts::access::v1::Role;
use prost_reflect::MethodDescriptor;
use prost_reflect::prost_types::method_options::IdempotencyLevel;
use serde_json::Value;

/// An RPC, and how it is reached.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// `/boxoffice.booking.v1.BookingService/PlaceBooking`.
    pub(super) path: String,
    /// Whose it is.
    pub(super) context: String,
    /// Only our own contexts may call it.
    pub(super) internal: bool,
    pub(super) kind: Kind,
    /// `POST`, and a path such as `/v1/bookings/1:pay`.
    pub(super) twin: Option<(String, String)>,
}

/// Which of a context's routes it belongs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Streams,
    Reads,
    Writes,
}

/// All of them.
pub(super) fn all() -> Vec<Call> {
    let twins = twins();
    let services = boxoffice_contracts::pool().services();
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.map(|method| Call::new(&method, &twins)).collect()
}

/// Verb and path of each operation of the OpenAPI document, by its RPC's name.
fn twins() -> BTreeMap<String, (String, String)> {
    let document: Value = serde_json::from_str(boxoffice_contracts::openapi()).unwrap();
    let mut twins = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (verb, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            let before = twins.insert(name, (verb.to_uppercase(), filled(path)));
            assert_eq!(before, None, "two RPCs of one name");
        }
    }
    twins
}

/// `/v1/bookings/{booking_id}:pay` of some booking.
fn filled(template: &str) -> String {
    let parts = template.split('{').map(|part| match part.split_once('}') {
        Some((_, rest)) => format!("01926b1e-0000-7000-8000-000000000000{rest}"),
        None => part.to_owned(),
    });
    parts.collect()
}

// === impl Call ===

impl Call {
    fn new(method: &MethodDescriptor, twins: &BTreeMap<String, (String, String)>) -> Self {
        let service = method.parent_service();
        let path = format!("/{}/{}", service.full_name(), method.name());
        let internal = boxoffice_contracts::access()[&path] == [Role::Service];
        let twin = twins.get(method.name()).cloned();
        assert_eq!(twin.is_none(), internal, "{path}");
        let options = method.method_descriptor_proto().options.clone().unwrap_or_default();
        let harmless = options.idempotency_level() == IdempotencyLevel::NoSideEffects;
        let kind = match &twin {
            _ if method.is_server_streaming() => Kind::Streams,
            Some((verb, _)) if verb == "GET" => Kind::Reads,
            None if harmless => Kind::Reads,
            Some(_) | None => Kind::Writes,
        };
        let context = service.package_name().split('.').nth(1).unwrap().to_owned();
        Self { path, context, internal, kind, twin }
    }

    /// Each way from outside: method and path.
    pub(super) fn ways(&self) -> Vec<(&str, &str)> {
        let twin = self.twin.iter().map(|(verb, path)| (verb.as_str(), path.as_str()));
        std::iter::once(("POST", self.path.as_str())).chain(twin).collect()
    }
}

// === impl Kind ===

impl Kind {
    /// The name of its route at the ingress.
    pub(super) fn route(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Reads => "reads",
            Self::Writes => "writes",
        }
    }
}
