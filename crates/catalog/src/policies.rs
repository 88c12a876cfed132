//! Whenever review says something, then catalog does something.

use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::review::v1 as review;
use boxoffice_eventing::Message;
use boxoffice_kernel::Context;
use boxoffice_runtime::{Policy, Whenever};
use prost::{Message as _, Name as _};

use crate::Error;
use crate::commands::{Command, RateTitle};
use crate::domain::Rating;
use crate::store::Store;

/// Whom catalog listens to.
pub(crate) const POLICIES: [(Context, Policy<Store>); 1] = [(Context::REVIEW, on_review)];

/// What catalog does when others speak, for the event catalogue.
pub const WHENEVER: &[Whenever] = &[
    Whenever::said::<review::ReviewPublished>("shows the title's new rating"),
    Whenever::said::<review::ReviewRemoved>("shows the title's new rating"),
];

/// Whenever a review counts, or counts no more, then show what the title's reviews come to (FR-01,
/// FR-62). Each event carries all of it, so their order does not matter: the newest is kept.
pub(crate) fn on_review(message: &Message) -> Result<Option<Command>, Error> {
    let name = message.name.as_str();
    let payload = &*message.payload;
    let (title_id, stars_total, count, version) = if name == review::ReviewPublished::full_name() {
        let said = review::ReviewPublished::decode(payload)?;
        (said.title_id, said.stars_total, said.count, said.rating_version)
    } else if name == review::ReviewRemoved::full_name() {
        let said = review::ReviewRemoved::decode(payload)?;
        (said.title_id, said.stars_total, said.count, said.rating_version)
    } else {
        return Ok(None);
    };
    let title_id = convert::id("title_id", &title_id)?;
    let rating = Rating {
        stars_total: whole("stars_total", stars_total)?,
        count: whole("count", count)?,
        version: whole("rating_version", version)?,
    };
    Ok(Some(Command::Rate(RateTitle { title_id, rating })))
}

fn whole(field: &str, number: impl TryInto<u64>) -> Result<u64, Malformed> {
    number.try_into().map_err(|_| Malformed::new(field, "must not be negative"))
}

#[cfg(test)]
mod tests {
    use boxoffice_runtime::whenever;

    use super::*;

    #[test]
    fn the_catalogue_lists_what_policies_react_to() {
        assert_eq!(whenever::names(WHENEVER), whenever::reactions(&POLICIES));
    }
}
