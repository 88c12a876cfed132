//! Payment, as booking asks it.

use boxoffice_contracts::convert;
use boxoffice_contracts::payment::v1::{ApprovePaymentRequest, PaymentState};
use boxoffice_runtime::breaker::CallError;

use super::{Peers, reason};
use crate::domain::{Attempt, Booking, Holding};

/// What became of an attempt within the call's deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Approval {
    /// The money was taken.
    Approved,
    /// The provider said no, in its words.
    Declined(String),
    /// Nobody knows yet: slow, down, or its breaker is open.
    Unsettled,
    /// The booking was closed meanwhile; nothing is kept.
    Closed,
}

// === impl Peers: payment ===

impl Peers {
    /// Step 4. Repeating it never charges twice: the attempt is the key.
    pub(crate) async fn approve(
        &self,
        booking: &Booking,
        holding: &Holding,
        attempt: &Attempt,
    ) -> Approval {
        let request = ApprovePaymentRequest {
            payment_id: attempt.id.to_string(),
            booking_id: booking.id.to_string(),
            customer_id: booking.customer_id.as_str().to_owned(),
            amount: Some(convert::price(holding.amount)),
            payment_method: attempt.method.clone(),
            expire_time: Some(convert::timestamp(holding.expires_at)),
        };
        let mut payment = self.payment.clone();
        let call = async move { payment.approve_payment(request).await };
        match self.payment_breaker.call(self.payment_deadline, call).await {
            Ok(response) => {
                let payment = response.payment.unwrap_or_default();
                match payment.state() {
                    PaymentState::Approved => Approval::Approved,
                    PaymentState::Declined => Approval::Declined(payment.provider_reason),
                    PaymentState::Refunding | PaymentState::Cancelled => Approval::Closed,
                    PaymentState::Pending | PaymentState::Unspecified => Approval::Unsettled,
                }
            }
            Err(CallError::Status(status)) if reason(&status) == "BOOKING_CLOSED" => {
                Approval::Closed
            }
            Err(CallError::Status(_) | CallError::Open | CallError::Timeout) => Approval::Unsettled,
        }
    }
}
