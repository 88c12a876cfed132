//! From the wire: what a request asks for, in words of streaming.

use std::sync::Arc;

use boxoffice_contracts::streaming::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::{BookingId, CustomerId, LicenseId};
use boxoffice_runtime::{Caller, Role};

use crate::Error;
use crate::commands::{RevokeLicense, WatchTitle};
use crate::queries::{List, Viewer};

pub(super) fn get_license(
    caller: &Caller,
    request: &pb::GetLicenseRequest,
) -> Result<(Viewer, LicenseId), Error> {
    Ok((viewer(caller)?, convert::id("license_id", &request.license_id)?))
}

pub(super) fn list_licenses(
    caller: &Caller,
    request: &pb::ListLicensesRequest,
) -> Result<List, Error> {
    let viewer = viewer(caller)?;
    let booking_id: Option<BookingId> = match request.booking_id.as_str() {
        "" => None,
        id => Some(convert::id("booking_id", id)?),
    };
    let filters = List::filters(&viewer, booking_id);
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    Ok(List { viewer, booking_id, page })
}

pub(super) fn watch_title(
    caller: &Caller,
    request: &pb::WatchTitleRequest,
) -> Result<WatchTitle, Error> {
    let license_id = convert::id("license_id", &request.license_id)?;
    Ok(WatchTitle { license_id, customer_id: caller.customer_id()? })
}

pub(super) fn revoke_license(
    request: &pb::RevokeLicenseRequest,
    asker: &Arc<()>,
) -> Result<RevokeLicense, Error> {
    let booking_id: BookingId = convert::id("booking_id", &request.booking_id)?;
    boxoffice_telemetry::about_booking(booking_id);
    Ok(RevokeLicense {
        booking_id,
        customer_id: CustomerId::new(&request.customer_id),
        asker: Arc::downgrade(asker),
    })
}

fn viewer(caller: &Caller) -> Result<Viewer, Error> {
    if caller.is(Role::Care) {
        return Ok(Viewer::Care);
    }
    Ok(Viewer::Customer(caller.customer_id()?))
}
