//! The door: whoever has a ticket that we signed, and that is good, is let in once.

use boxoffice_kernel::{ShowingId, Time};
use tracing::info;

use crate::commands::{CheckInTicket, Command};
use crate::domain::{Refusal, Ticket, delivery_of};
use crate::issuer::Claims;
use crate::store::key;
use crate::{App, Error};

// === impl App ===

impl App {
    /// Lets the holder of a ticket in, or says why not.
    pub(crate) async fn check_in(&self, code: &str) -> Result<(Ticket, ShowingId), Error> {
        let keys = key::public(&self.db.read).await?;
        let claims = Claims::verified(code, &keys).ok_or(Refusal::Forged)?;
        let Claims { ticket_id, booking_id, .. } = claims;
        let delivery_id = delivery_of(booking_id);
        let check_in = Command::CheckIn(CheckInTicket { delivery_id, ticket_id });
        let unknown = Refusal::UnknownTicket(ticket_id);
        let delivery = self.lanes.ask(check_in).await?.ok_or(unknown)?;
        let showing_id = delivery.showing_id;
        let ticket = delivery.tickets.into_iter().find(|it| it.id == ticket_id);
        let ticket = ticket.ok_or(unknown)?;
        let at = ticket.checked_in_at.as_ref().map(Time::to_rfc3339);
        info!(ticket.id = %ticket_id, showing.id = %showing_id, at, "ticket checked in");
        Ok((ticket, showing_id))
    }
}
