//! From the wire: what a request asks for, in words of notification.

use boxoffice_contracts::notification::v1 as pb;
use boxoffice_contracts::{convert, page};
use boxoffice_kernel::{BookingId, CustomerId, NoticeId};
use boxoffice_runtime::Caller;

use crate::Error;
use crate::queries::List;

pub(super) fn get_notice(
    caller: &Caller,
    request: &pb::GetNoticeRequest,
) -> Result<(CustomerId, NoticeId), Error> {
    Ok((caller.customer_id()?, convert::id("notice_id", &request.notice_id)?))
}

pub(super) fn list_notices(
    caller: &Caller,
    request: &pb::ListNoticesRequest,
) -> Result<List, Error> {
    let customer_id = caller.customer_id()?;
    let booking_id: Option<BookingId> = match request.booking_id.as_str() {
        "" => None,
        id => Some(convert::id("booking_id", id)?),
    };
    let filters = List::filters(&customer_id, booking_id);
    let page = page::read(&filters, request.page_size, &request.page_token)?;
    Ok(List { customer_id, booking_id, page })
}
