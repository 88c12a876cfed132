//! Catalog's published language: the only place where its events meet protobuf.

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Event, Title};
use crate::grpc::render;

/// Makes the message that says `event` to whoever listens.
pub(crate) fn encode(event: &Event) -> Message {
    match event {
        Event::Registered(title) => {
            say(title, &pb::TitleRegistered { title: Some(render::title(title)) })
        }
        Event::Updated(title) => {
            say(title, &pb::TitleUpdated { title: Some(render::title(title)) })
        }
        Event::Removed(title) => say(title, &pb::TitleRemoved { title_id: title.id.to_string() }),
    }
}

fn say<M: Name>(title: &Title, event: &M) -> Message {
    Message::new(
        Context::CATALOG,
        M::full_name(),
        title.id.0,
        title.version,
        title.id.0,
        title.updated_at,
        event.encode_to_vec(),
    )
}
