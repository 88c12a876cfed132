//! Every RPC with generated bad messages: whoever calls and whatever it is, the answer is typed and none is our fault.

mod generator;

use std::sync::Arc;

use boxoffice_acceptance::{Context, Person, Plan, Settings, World, in_single};
use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::prost::Message as _;
use boxoffice_contracts::{access, pool};
use boxoffice_testkit::platform::{CONTEXTS, Platform as _, Single};
use futures::{StreamExt as _, stream};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use rand::Rng as _;
use tonic::Code;

use self::generator::Generator;
use super::calls::{self, Call};
use super::{fault, http_fault, send};

/// Messages an RPC is sent by those who may call it, and by each of those who may not.
const BY_THE_ENTITLED: usize = 40;
const BY_OTHERS: usize = 2;

/// The same of a stream, because one with nothing to say is waited for.
const STREAMS: usize = 6;

/// What one process may have needed at its peak, whatever it was sent: it idles at a fifth of it.
const MEMORY: u64 = 512 << 20;

/// A longer body than the server reads to the end, to answer it, breaks off; that is tested by hand.
const LONGEST_JSON: usize = 8 << 20;

/// One RPC, and who there is to call it.
struct Target<'a> {
    world: &'a World,
    method: MethodDescriptor,
    allowed: &'a [Role],
    calls: Vec<&'a Call>,
}

/// What is sent once.
struct Shot {
    person: Person,
    entitled: bool,
    bytes: Vec<u8>,
    json: Option<serde_json::Value>,
}

// === impl Target ===

impl Target<'_> {
    fn path(&self) -> String {
        format!("/{}/{}", self.method.parent_service().full_name(), self.method.name())
    }

    fn context(&self) -> Context {
        let service = self.method.parent_service();
        let name = service.package_name().split('.').nth(1).unwrap();
        *CONTEXTS.iter().find(|it| it.as_str() == name).unwrap()
    }

    fn may(&self, role: Role) -> bool {
        let signed_in = role != Role::Service && self.allowed.contains(&Role::Customer);
        signed_in || self.allowed.contains(&role) || self.allowed.contains(&Role::Anyone)
    }

    /// What it is to be sent, the same in every run.
    fn shots(&self, generator: &mut Generator) -> Vec<Shot> {
        let streams = self.method.is_server_streaming();
        let mut shots = Vec::new();
        for role in [Role::Customer, Role::Admin, Role::Care, Role::Service] {
            let entitled = self.may(role);
            let entitled_messages = if streams { STREAMS } else { BY_THE_ENTITLED };
            let messages = if entitled { entitled_messages } else { BY_OTHERS };
            for _ in 0..messages {
                let message = self.message(generator);
                let json = serde_json::to_value(&message).ok();
                let bytes = generator.on_the_wire(message.encode_to_vec());
                shots.push(Shot { person: self.person(role), entitled, bytes, json });
            }
        }
        shots
    }

    /// Our own services are believed: what they would write about bookings that are not there would be a broken book. So
    /// they are sent what cannot be.
    fn message(&self, generator: &mut Generator) -> DynamicMessage {
        let input = self.method.input();
        let mut message = generator.message(&input);
        if self.allowed == [Role::Service] {
            let ids: Vec<_> = input.fields().filter(|it| it.name().ends_with("_id")).collect();
            let id = &ids[generator.rng.random_range(0..ids.len())];
            message.set_field(id, prost_reflect::Value::String("no id".to_owned()));
        }
        message
    }

    fn person(&self, role: Role) -> Person {
        match role {
            Role::Admin => self.world.admin(),
            Role::Care => self.world.care(),
            Role::Service => self.world.service(),
            Role::Unspecified | Role::Anyone | Role::Customer => self.world.customer("mallory"),
        }
    }

    /// Sends it by gRPC, and as JSON where that is possible; what was answered wrongly.
    async fn fire(&self, shot: Shot) -> Vec<String> {
        let mut wrong = Vec::new();
        let told = send(&shot.person, self.context(), &self.path(), shot.bytes.clone()).await;
        let denied = told.as_ref().is_some_and(|it| it.code() == Code::PermissionDenied);
        if !shot.entitled && !denied {
            wrong.push(format!("{} lets {} in", self.path(), shot.person.sub));
        }
        if let Some(fault) = told.as_ref().and_then(fault) {
            wrong.push(format!("{} {fault} to {:?}", self.path(), bytes::Bytes::from(shot.bytes)));
        }
        let json = shot.json.filter(|it| it.to_string().len() < LONGEST_JSON);
        if let (Some(call), Some(json)) = (self.calls.first(), &json) {
            let answer = match call.http(&shot.person, json).send().await {
                Err(told) if told.is_builder() => return wrong, // longer than a URL may be
                answer => answer.unwrap(),
            };
            if let Some(fault) = http_fault(answer).await {
                wrong.push(format!("{} {} {fault} to {json}", call.method, call.path));
            }
        }
        wrong.iter().map(|it| it.chars().take(1_500).collect()).collect()
    }
}

/// NFR-04: seeded, so that what fails fails again.
async fn generated_nonsense_is_the_callers_mistake(world: World, single: Arc<Single>) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let places = admin.schedule(Plan::general(100, 9_000)).await;
    let calls = calls::all(&showing, &places);
    let mut generator = Generator::new(20_261_121, [showing.clone(), places]);
    let (mut sent, mut wrong) = (0, Vec::new());
    for service in pool().services().filter(|it| it.full_name().starts_with("boxoffice.")) {
        for method in service.methods() {
            let path = format!("/{}/{}", service.full_name(), method.name());
            let calls = calls.iter().filter(|it| it.rpc == path).collect();
            let target = Target { world: &world, method, allowed: &access()[&path], calls };
            let shots = target.shots(&mut generator);
            sent += shots.len();
            let answers = stream::iter(shots).map(|shot| target.fire(shot));
            wrong.extend(answers.buffer_unordered(8).concat().await);
        }
    }
    let shown: Vec<_> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} wrong of {sent}, such as\n{}", wrong.len(), shown.join("\n"));
    assert!(sent > 1_000, "only {sent} messages were sent");
    admin.showing(&showing).await.unwrap();
    let peak = single.peak_memory(Context::BOOKING).await.unwrap();
    assert!(peak < MEMORY, "it took {peak} bytes");
}
in_single!(
    generated_nonsense_is_the_callers_mistake,
    Settings::default().flag("hold", "2s").flag("log-filter", "error")
);
