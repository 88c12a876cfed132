//! What is known of a booking, and how it comes to be known. Pure; no order of events is taken for
//! granted, and none counts twice.

mod booking;
mod fact;
mod latest;
mod step;
mod surroundings;

pub use self::booking::{Booking, Seats};
pub use self::fact::{BookingStatus, DeliveryStatus, Fact, Item, LicenseStatus, PaymentStatus};
pub use self::latest::Latest;
pub use self::step::Step;
pub use self::surroundings::{Showing, Title};
