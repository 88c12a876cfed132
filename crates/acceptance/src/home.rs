//! What people do at home.

use boxoffice_contracts::streaming::v1::{
    License, LicenseState, ListLicensesRequest, WatchTitleRequest,
};
use boxoffice_testkit::platform::Context;
use tonic::Status;

use crate::{Person, eventually};

// === impl Person: at home ===

impl Person {
    /// Looks at the licences of a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn licenses(&self, booking_id: &str) -> Result<Vec<License>, Status> {
        let booking_id = booking_id.to_owned();
        let request = ListLicensesRequest { booking_id, ..ListLicensesRequest::default() };
        let answer = self.client(Context::STREAMING).streaming().list_licenses(request).await?;
        Ok(answer.into_inner().licenses)
    }

    /// Waits until the one licence of a booking is in a state, and returns it.
    ///
    /// # Panics
    /// It does not get there in time.
    pub async fn sees_license(&self, booking_id: &str, state: LicenseState) -> License {
        let what = format!("the licence of {booking_id} is {state:?}");
        eventually(&what, || async {
            let mut licenses = self.licenses(booking_id).await.ok()?;
            assert!(licenses.len() <= 1, "{licenses:?}");
            licenses.pop().filter(|it| it.state() == state)
        })
        .await
    }

    /// Watches a title.
    ///
    /// # Errors
    /// It is refused.
    pub async fn watch_title(&self, license_id: &str) -> Result<License, Status> {
        let request = WatchTitleRequest { license_id: license_id.to_owned() };
        let answer = self.client(Context::STREAMING).streaming().watch_title(request).await?;
        Ok(answer.into_inner().license.unwrap())
    }
}
