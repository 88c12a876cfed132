//! One RPC, called by gRPC or as its HTTP twin, and what is answered.

use std::time::Duration;

use boxoffice_acceptance::{Context, Person, reason};
use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::prost::Message as _;
use boxoffice_testkit::platform::CONTEXTS;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, MethodDescriptor};
use reqwest::{Method, Response};
use serde_json::Value;
use tonic::client::Grpc;
use tonic::{Code, Request};

use super::fill::{self, Things};
use crate::raw::Raw;

/// A stream may have nothing to say for longer than this.
const LISTENED: Duration = Duration::from_secs(5);

/// One RPC with a valid request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: MethodDescriptor,
    pub(super) allowed: &'static [Role],
    pub(super) twin: Option<Twin>,
    request: Value,
}

/// As `google.api.http` has it.
#[derive(Clone, Debug)]
pub(super) struct Twin {
    verb: Method,
    /// `/v1/bookings/{booking_id}:pay`.
    template: String,
    /// What of the request it is: `*`, a field, or nothing.
    body: String,
}

/// What somebody is told, by whichever way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// gRPC's name of it: `NOT_FOUND`.
    pub(super) status: String,
    /// `BOOKING_NOT_FOUND`; empty: it is no refusal.
    pub(super) reason: String,
    /// All that was sent.
    pub(super) text: String,
}

/// Every RPC of our contracts, with a valid request about these things.
pub(super) fn all(things: &Things) -> Vec<Call> {
    let services = boxoffice_contracts::pool().services();
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.map(|method| Call::new(method, things)).collect()
}

// === impl Call ===

impl Call {
    fn new(method: MethodDescriptor, things: &Things) -> Self {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let allowed = &boxoffice_contracts::access()[&path];
        let request = fill::request(&method.input(), things);
        Self { twin: Twin::of(&method), method, allowed, request }
    }

    pub(super) fn path(&self) -> String {
        format!("/{}/{}", self.method.parent_service().full_name(), self.method.name())
    }

    pub(super) fn context(&self) -> Context {
        let service = self.method.parent_service();
        let name = service.package_name().split('.').nth(1).unwrap();
        *CONTEXTS.iter().find(|it| it.as_str() == name).unwrap()
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.method.input().get_field_by_name(field).is_some()
    }

    pub(super) async fn by_grpc(&self, person: &Person) -> Answer {
        let message = DynamicMessage::deserialize(self.method.input(), &self.request);
        let message = message.unwrap_or_else(|error| panic!("{}: {error}", self.path()));
        let mut grpc = Grpc::new(person.client(self.context()).channel());
        grpc.ready().await.unwrap();
        let mut request = Request::new(stream::iter([message.encode_to_vec()]));
        if let Some(token) = &person.token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
        }
        let answered = match grpc.streaming(request, self.path().parse().unwrap(), Raw).await {
            Err(status) => Err(status),
            Ok(answer) => {
                let mut answers = answer.into_inner();
                let first = tokio::time::timeout(LISTENED, answers.next()).await;
                first.ok().flatten().unwrap_or(Ok(Vec::new()))
            }
        };
        match answered {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Answer { status: "OK".to_owned(), reason: String::new(), text }
            }
            Err(status) => {
                let challenged = status.metadata().contains_key("www-authenticate");
                assert!(challenged || status.code() != Code::Unauthenticated, "{status:?}");
                Answer {
                    status: name(status.code()),
                    reason: reason(&status).unwrap_or_default(),
                    text: status.message().to_owned(),
                }
            }
        }
    }

    /// None: it has no twin.
    pub(super) async fn by_http(&self, person: &Person) -> Option<Answer> {
        let twin = self.twin.as_ref()?;
        let mut left = self.request.clone();
        let path = twin.path(&self.method, &mut left);
        let http = person.client(self.context()).http(twin.verb.clone(), &path);
        let http = match &*twin.body {
            "*" => http.json(&left),
            "" => http.query(&flat(&left, "")),
            field => http.json(&left[field]),
        };
        Some(Answer::of(http.send().await.unwrap(), self.method.is_server_streaming()).await)
    }
}

// === impl Twin ===

impl Twin {
    fn of(method: &MethodDescriptor) -> Option<Self> {
        let option = method.parent_pool().get_extension_by_name("google.api.http")?;
        let options = method.options();
        let rule = options.has_extension(&option).then(|| options.get_extension(&option))?;
        let text = |name: &str| {
            let value = rule.as_message()?.get_field_by_name(name)?;
            Some(value.as_str()?.to_owned()).filter(|it| !it.is_empty())
        };
        let verbs = ["get", "put", "post", "delete", "patch"];
        let (verb, template) = verbs.iter().find_map(|verb| Some((verb, text(verb)?)))?;
        let verb = Method::from_bytes(verb.to_uppercase().as_bytes()).ok()?;
        Some(Self { verb, template, body: text("body").unwrap_or_default() })
    }

    pub(super) fn reads(&self) -> bool {
        self.verb == Method::GET
    }

    /// The path; what stands in it is taken out of the request.
    fn path(&self, method: &MethodDescriptor, request: &mut Value) -> String {
        let mut path = String::new();
        for part in self.template.split('{') {
            let Some((place, rest)) = part.split_once('}') else {
                path.push_str(part);
                continue;
            };
            path.push_str(&taken(&method.input(), place, request));
            path.push_str(rest);
        }
        path
    }
}

/// Takes `title.title_id` out of a request.
fn taken(message: &MessageDescriptor, place: &str, request: &mut Value) -> String {
    let (step, below) = place.split_once('.').unwrap_or((place, ""));
    let field = message.get_field_by_name(step).unwrap();
    if let Kind::Message(inner) = field.kind() {
        return taken(&inner, below, &mut request[field.json_name()]);
    }
    let value = request.as_object_mut().unwrap().remove(field.json_name());
    value.unwrap().as_str().unwrap().to_owned()
}

/// As a query: `runningOn.year=2027`.
fn flat(value: &Value, under: &str) -> Vec<(String, String)> {
    let fields = value.as_object().into_iter().flatten().filter(|(_, it)| !it.is_null());
    let pairs = fields.flat_map(|(name, it)| match (it.is_object(), it.as_str()) {
        (true, _) => flat(it, &format!("{under}{name}.")),
        (false, Some(text)) => vec![(format!("{under}{name}"), text.to_owned())],
        (false, None) => vec![(format!("{under}{name}"), it.to_string())],
    });
    pairs.collect()
}

// === impl Answer ===

impl Answer {
    async fn of(answer: Response, streams: bool) -> Self {
        let (http, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = match streams {
            false => String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned(),
            true => {
                let first = tokio::time::timeout(LISTENED, answer.bytes_stream().next()).await;
                let first = first.ok().flatten().unwrap_or(Ok(Bytes::new())).unwrap();
                String::from_utf8_lossy(&first).into_owned()
            }
        };
        // A stream's refusal is a piece of it.
        let error = text.find("{\"error\"").map(|at| &text[at..]);
        let mut error = serde_json::Deserializer::from_str(error.unwrap_or("null")).into_iter();
        let error: Value = error.next().unwrap().unwrap();
        let error = &error["error"];
        if http == 401 {
            assert!(headers.contains_key("www-authenticate"), "{text}");
        }
        if http != 200 {
            assert_eq!(error["code"], http, "{text}");
        }
        let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let details = error["details"].as_array().cloned().unwrap_or_default();
        let reason = details.iter().find_map(|it| it["reason"].as_str()).unwrap_or_default();
        let status = if error.is_null() { "OK".to_owned() } else { said(&error["status"]) };
        Self { status, reason: reason.to_owned(), text }
    }
}

/// `NOT_FOUND`.
fn name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
