//! What people are told.

use boxoffice_contracts::notification::v1::{ListNoticesRequest, Notice, NoticeKind};
use boxoffice_testkit::platform::Context;
use tonic::Status;

use crate::{Person, eventually};

// === impl Person: their notices ===

impl Person {
    /// Reads their notices about a booking, oldest first; about all of them, if it is empty.
    ///
    /// # Errors
    /// It is refused.
    pub async fn notices(&self, booking_id: &str) -> Result<Vec<Notice>, Status> {
        let request = ListNoticesRequest {
            booking_id: booking_id.to_owned(),
            page_size: 200,
            page_token: String::new(),
        };
        let answer = self.client(Context::NOTIFICATION).notices().list_notices(request).await?;
        let mut notices = answer.into_inner().notices;
        notices.reverse();
        Ok(notices)
    }

    /// Reads all their notices, page by page, newest first.
    ///
    /// # Errors
    /// It is refused.
    pub async fn all_notices(&self) -> Result<Vec<Notice>, Status> {
        let mut all = Vec::new();
        let mut request = ListNoticesRequest { page_size: 200, ..ListNoticesRequest::default() };
        loop {
            let mut notices = self.client(Context::NOTIFICATION).notices();
            let page = notices.list_notices(request.clone()).await?.into_inner();
            all.extend(page.notices);
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Waits until they were told exactly this about a booking, in any order, and returns the notices, oldest first.
    ///
    /// # Panics
    /// They are not told so in time.
    pub async fn is_told(&self, booking_id: &str, kinds: &[NoticeKind]) -> Vec<Notice> {
        let what = format!("{} is told {kinds:?} of {booking_id}", self.sub);
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        eventually(&what, || async {
            let notices = self.notices(booking_id).await.ok()?;
            let mut told: Vec<_> = notices.iter().map(Notice::kind).collect();
            told.sort_unstable();
            (told == kinds).then_some(notices)
        })
        .await
    }
}
