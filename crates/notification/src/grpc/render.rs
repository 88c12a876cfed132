//! To the wire, with its text.

use boxoffice_contracts::notification::v1 as pb;
use boxoffice_contracts::{convert, page};

use crate::domain::{Notice, State};
use crate::queries::{List, Notices};
use crate::text::Text;
use crate::{Error, events, text};

pub(super) fn notice(notice: &Notice) -> Result<pb::Notice, Error> {
    let Text { subject, body } = text::render(notice)?;
    let state = match notice.state {
        State::Sending => pb::NoticeState::Sending,
        State::Sent => pb::NoticeState::Sent,
        State::Undeliverable => pb::NoticeState::Undeliverable,
    };
    Ok(pb::Notice {
        notice_id: notice.id.to_string(),
        booking_id: notice.booking_id.to_string(),
        kind: events::kind(&notice.topic).into(),
        state: state.into(),
        language: notice.language.tag().to_owned(),
        subject,
        text: body,
        create_time: Some(convert::timestamp(notice.created_at)),
    })
}

pub(super) fn notices(list: &List, found: &Notices) -> Result<pb::ListNoticesResponse, Error> {
    let filters = List::filters(&list.customer_id, list.booking_id);
    let next = found.next.as_ref().map(|last| page::token(&filters, last));
    Ok(pb::ListNoticesResponse {
        notices: found.notices.iter().map(notice).collect::<Result<_, _>>()?,
        next_page_token: next.unwrap_or_default(),
    })
}
