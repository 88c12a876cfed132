//! Streaming's published language: the only place where its events meet protobuf.

use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use prost::Name;

use crate::domain::{Event, License, What};

/// Makes the message that says `event` to whoever listens.
pub(crate) fn encode(Event { license, what }: &Event) -> Message {
    let license_id = license.id.to_string();
    let booking_id = license.booking_id.to_string();
    let customer_id = license.customer_id.to_string();
    let title_id = license.title_id.to_string();
    match what {
        What::Granted => {
            say(license, &pb::LicenseGranted { license_id, booking_id, customer_id, title_id })
        }
        What::Watched => {
            say(license, &pb::TitleWatched { license_id, booking_id, customer_id, title_id })
        }
        What::Revoked => {
            say(license, &pb::LicenseRevoked { license_id, booking_id, customer_id, title_id })
        }
    }
}

/// About the licence, in the case of its booking (NFR-15).
fn say<M: Name>(license: &License, said: &M) -> Message {
    Message::new(
        Context::STREAMING,
        M::full_name(),
        license.id.0,
        license.version,
        license.booking_id.0,
        license.updated_at,
        said.encode_to_vec(),
    )
}
