//! What catalog says.

use boxoffice_contracts::catalog::v1 as catalog;
use boxoffice_contracts::convert;
use boxoffice_eventing::Message;
use prost::{Message as _, Name as _};

use super::{NAME, clean};
use crate::Error;
use crate::commands::{Command, FollowTitle};

pub(super) fn on_catalog(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let title = if name == catalog::TitleRegistered::full_name() {
        catalog::TitleRegistered::decode(&*message.payload)?.title
    } else if name == catalog::TitleUpdated::full_name() {
        catalog::TitleUpdated::decode(&*message.payload)?.title
    } else {
        // What was booked of a title that is removed keeps its name.
        return Ok(None);
    };
    let title = convert::required("title", title)?;
    Ok(Some(Command::Title(FollowTitle {
        title_id: convert::id("title.title_id", &title.title_id)?,
        name: clean(&title.name, NAME),
        sequence: message.sequence,
    })))
}
