//! What streaming says.

use boxoffice_contracts::convert;
use boxoffice_contracts::streaming::v1 as streaming;
use boxoffice_eventing::Message;
use prost::{Message as _, Name as _};

use super::record;
use crate::Error;
use crate::commands::Command;
use crate::domain::{Fact, LicenseStatus};

pub(super) fn on_streaming(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let (booking_id, title_id, status) = if name == streaming::LicenseGranted::full_name() {
        let said = streaming::LicenseGranted::decode(&*message.payload)?;
        (said.booking_id, said.title_id, LicenseStatus::Granted)
    } else if name == streaming::TitleWatched::full_name() {
        let said = streaming::TitleWatched::decode(&*message.payload)?;
        (said.booking_id, said.title_id, LicenseStatus::Watched)
    } else if name == streaming::LicenseRevoked::full_name() {
        let said = streaming::LicenseRevoked::decode(&*message.payload)?;
        (said.booking_id, said.title_id, LicenseStatus::Revoked)
    } else {
        return Ok(None);
    };
    let title_id = convert::id("title_id", &title_id)?;
    record(message, &booking_id, Fact::License { title_id, status }, "")
}
