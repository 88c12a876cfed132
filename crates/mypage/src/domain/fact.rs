//! What an event says about one booking, in words of my page.

use boxoffice_kernel::{CustomerId, Money, PaymentId, ShowingId, Time, TitleId};
use serde::{Deserialize, Serialize};

/// What somebody said about a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It was placed.
    Placed {
        /// By whom.
        customer_id: CustomerId,
        /// What it is of.
        item: Item,
    },
    /// An attempt to pay is to be settled later.
    PaymentRequested {
        /// Whose booking.
        customer_id: CustomerId,
        /// Which attempt.
        payment_id: PaymentId,
        /// What the booking costs.
        amount: Money,
    },
    /// It is confirmed.
    Confirmed {
        /// Whose booking.
        customer_id: CustomerId,
        /// What it is of.
        item: Item,
        /// What it costs.
        amount: Money,
        /// When its showing begins.
        starts_at: Option<Time>,
        /// What is shown.
        title_id: Option<TitleId>,
    },
    /// It ended: rejected, expired or cancelled.
    Ended {
        /// Whose booking.
        customer_id: CustomerId,
        /// How.
        status: BookingStatus,
        /// Its showing, if it was one.
        showing_id: Option<ShowingId>,
    },
    /// Its showing was moved.
    Rescheduled {
        /// Whose booking.
        customer_id: CustomerId,
        /// Its showing.
        showing_id: ShowingId,
        /// When it begins now.
        starts_at: Time,
    },
    /// Its seats are held, sold or released.
    Seats {
        /// Of which showing.
        showing_id: ShowingId,
        /// By name; none with general admission.
        names: Vec<String>,
        /// How many.
        quantity: u32,
    },
    /// An attempt to pay it came to this.
    Payment {
        /// Which attempt.
        payment_id: PaymentId,
        /// What.
        status: PaymentStatus,
    },
    /// Its tickets.
    Delivery(DeliveryStatus),
    /// Its licence.
    License {
        /// To watch what.
        title_id: TitleId,
        /// Where it stands.
        status: LicenseStatus,
    },
}

/// What a booking is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Seats of a showing.
    Showing {
        /// Which.
        showing_id: ShowingId,
        /// By name; none with general admission.
        seats: Vec<String>,
        /// How many.
        quantity: u32,
    },
    /// A title to watch at home.
    HomeMovie {
        /// Which.
        title_id: TitleId,
    },
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BookingStatus {
    /// Placed.
    Placed,
    /// Its seats are held; the money is missing.
    AwaitingPayment,
    /// Confirmed.
    Confirmed,
    /// It did not come about.
    Rejected,
    /// It was not paid in time.
    Expired,
    /// It was cancelled.
    Cancelled,
}

/// Where a payment stands. Of several attempts, the one that comes last here speaks for the booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PaymentStatus {
    /// The provider said no.
    Declined,
    /// It was given back, or never taken.
    Cancelled,
    /// It is being settled.
    Pending,
    /// The money was taken.
    Approved,
}

/// Where the delivery of tickets stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// On its way.
    Started,
    /// With the customer.
    Completed,
    /// Called back.
    Cancelled,
}

/// Where a licence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenseStatus {
    /// The title may be watched.
    Granted,
    /// It was watched.
    Watched,
    /// It was taken back.
    Revoked,
}
