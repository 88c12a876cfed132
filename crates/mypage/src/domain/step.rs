//! One thing that happened to a booking.

use boxoffice_kernel::{BookingId, Context, Time};
use uuid::Uuid;

/// An event of a booking's history. Inserted once, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The event.
    pub event_id: Uuid,
    /// What it is about.
    pub booking_id: BookingId,
    /// `BookingConfirmed`.
    pub name: String,
    /// Who said so.
    pub context: Context,
    /// When.
    pub time: Time,
    /// The event it followed from; `None`: a person or a timer caused it.
    pub cause_id: Option<Uuid>,
    /// Why, where there is a reason.
    pub reason: Option<String>,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
}
