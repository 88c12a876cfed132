//! A rule that said no.

use boxoffice_kernel::{TicketId, Time};

/// Why a delivery or a ticket stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Called back: it cannot arrive any more.
    #[error("the delivery was cancelled")]
    DeliveryCancelled,
    /// Nothing that we signed.
    #[error("this is not a ticket of ours")]
    Forged,
    /// We signed it, or somebody asks for it, but it is not there.
    #[error("ticket {0} does not exist")]
    UnknownTicket(TicketId),
    /// Its booking was cancelled.
    #[error("the ticket was cancelled")]
    TicketCancelled,
    /// Somebody was let in with it before.
    #[error("the ticket was used at {}", .at.to_rfc3339())]
    TicketUsed {
        /// When.
        at: Time,
    },
    /// It is on paper.
    #[error("the ticket comes by post and has no code")]
    Printed,
}
