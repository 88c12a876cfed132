//! The words every context shares: ids, money, time, and what can go wrong. No I/O, no async.

pub mod clock;
pub mod context;
pub mod fault;
pub mod id;
pub mod masked;
pub mod money;
pub mod steps;

pub use clock::{Clock, Time};
pub use context::Context;
pub use fault::{Fault, Kind, Verdict};
pub use id::{
    BookingId, CustomerId, DeliveryId, LicenseId, NoticeId, PaymentId, ReviewId, ShowingId,
    TicketId, TitleId,
};
pub use masked::masked;
pub use money::{Currency, Money};
