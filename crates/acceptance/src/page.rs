//! Where people see what became of their bookings.

use boxoffice_contracts::mypage::v1::{
    BookingView, GetCareBookingRequest, GetMyBookingRequest, Step,
};
use boxoffice_testkit::platform::Context;
use tonic::Status;

use crate::{Person, eventually};

// === impl Person: my page ===

impl Person {
    /// Looks at a booking of their own on my page, with its history.
    ///
    /// # Errors
    /// It is refused.
    pub async fn page(&self, booking_id: &str) -> Result<(BookingView, Vec<Step>), Status> {
        let request = GetMyBookingRequest { booking_id: booking_id.to_owned() };
        let answer = self.client(Context::MYPAGE).my_page().get_my_booking(request).await?;
        let answer = answer.into_inner();
        Ok((answer.booking.unwrap(), answer.steps))
    }

    /// Looks at anybody's booking, as customer care may.
    ///
    /// # Errors
    /// It is refused.
    pub async fn care_page(&self, booking_id: &str) -> Result<(BookingView, Vec<Step>), Status> {
        let request = GetCareBookingRequest { booking_id: booking_id.to_owned() };
        let answer = self.client(Context::MYPAGE).care().get_care_booking(request).await?;
        let answer = answer.into_inner();
        Ok((answer.booking.unwrap(), answer.steps))
    }

    /// Waits until my page shows a booking as it should be, and returns it with its history.
    ///
    /// # Panics
    /// It does not in time.
    pub async fn sees_page(
        &self,
        what: &str,
        booking_id: &str,
        is_right: impl Fn(&BookingView) -> bool,
    ) -> (BookingView, Vec<Step>) {
        eventually(&format!("my page shows {booking_id}: {what}"), || async {
            self.page(booking_id).await.ok().filter(|(booking, _)| is_right(booking))
        })
        .await
    }
}
