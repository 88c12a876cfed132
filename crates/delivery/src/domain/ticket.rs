//! One ticket: it lets one person in, once.

use boxoffice_kernel::{DeliveryId, TicketId, Time, id};

/// One ticket of a delivery.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Which; the same whenever its delivery is begun again.
    pub id: TicketId,
    /// Its place in the delivery, from 0.
    pub number: u32,
    /// `C-12`; `None` with general admission.
    pub seat: Option<String>,
    /// What its QR code says; `None` if it is printed. Whoever has it gets in: its `Debug` is masked.
    pub code: Option<String>,
    /// When its holder was let in.
    pub checked_in_at: Option<Time>,
}

// === impl Ticket ===

impl Ticket {
    /// Number `number` of a delivery, unsigned and unused.
    pub(super) fn new(delivery: DeliveryId, number: u32, seat: Option<String>) -> Self {
        let id = TicketId(id::derived("ticket", &number.to_string(), delivery.0));
        Self { id, number, seat, code: None, checked_in_at: None }
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket")
            .field("id", &self.id)
            .field("seat", &self.seat)
            .field("checked_in_at", &self.checked_in_at)
            .finish_non_exhaustive()
    }
}
