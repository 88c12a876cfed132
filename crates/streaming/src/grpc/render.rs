//! To the wire.

use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_contracts::{convert, page};

use crate::domain::{License, State};
use crate::queries::{Licenses, List};

pub(super) fn license(license: &License) -> pb::License {
    pb::License {
        license_id: license.id.to_string(),
        booking_id: license.booking_id.to_string(),
        customer_id: license.customer_id.to_string(),
        title_id: license.title_id.to_string(),
        state: state(license.state).into(),
        create_time: Some(convert::timestamp(license.created_at)),
        watch_time: license.watched_at.map(convert::timestamp),
        update_time: Some(convert::timestamp(license.updated_at)),
    }
}

pub(super) fn licenses(list: &List, found: &Licenses) -> pb::ListLicensesResponse {
    let filters = List::filters(&list.viewer, list.booking_id);
    let next = found.next.as_ref().map(|last| page::token(&filters, last));
    pb::ListLicensesResponse {
        licenses: found.licenses.iter().map(license).collect(),
        next_page_token: next.unwrap_or_default(),
    }
}

fn state(state: State) -> pb::LicenseState {
    match state {
        State::Granted => pb::LicenseState::Granted,
        State::Watched => pb::LicenseState::Watched,
        State::Revoked => pb::LicenseState::Revoked,
    }
}
