//! What booking does for those who call it.

use std::sync::Arc;

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{BookingId, Clock, CustomerId, PaymentId, TitleId, steps};
use boxoffice_runtime::database::Database;
use boxoffice_runtime::{Stopping, Tasks};

use crate::Error;
use crate::commands::{CancelBooking, Command, PayBooking, PlaceBooking};
use crate::config::Config;
use crate::domain::{Attempt, Booking, Contact, Rejection, Request, State};
use crate::grpc::Reader;
use crate::purchase::Purchase;
use crate::queries::{self, Cursor};

/// What every handler and policy may touch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) purchase: Purchase,
    pub(crate) config: Arc<Config>,
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) stopping: Stopping,
}

// === impl App ===

impl App {
    /// Places a booking and, with a method given, pays it (FR-10, FR-13, FR-16, D-1).
    pub(crate) async fn place(&self, request: Request) -> Result<Booking, Error> {
        if let Some(reason) = self.purchase.peers.objection(&request.item, self.clock.now()).await {
            // A repetition is answered as the first time, also when the showing has started since.
            if queries::find(&self.db.read, request.id).await?.is_none() {
                return Err(Error::NotForSale(reason));
            }
        }
        steps::before("place");
        let placed =
            self.purchase.change(Command::Place(Box::new(PlaceBooking { request }))).await?;
        steps::after("place");
        let booking = self.carry_on(placed).await?;
        match booking.rejection {
            Some(Rejection::NotForSale(reason)) => Err(Error::NotForSale(reason)),
            _ => Ok(booking),
        }
    }

    /// Pays a booking that awaits payment (FR-20). Answers with the attempt that was made, or with
    /// the one that is still unsettled.
    pub(crate) async fn pay(
        &self,
        command: PayBooking,
    ) -> Result<(Booking, Option<Attempt>), Error> {
        let asked: PaymentId = command.payment_id;
        steps::before("pay");
        let begun = self.purchase.change(Command::Pay(command)).await?;
        steps::after("pay");
        let booking = self.carry_on(begun).await?;
        let attempt = booking.find_attempt(asked).or_else(|| booking.attempt()).cloned();
        Ok((booking, attempt))
    }

    /// Cancels a booking (FR-40); one of a title to watch once its licence is revoked (FR-41).
    pub(crate) async fn cancel(&self, command: CancelBooking) -> Result<Booking, Error> {
        steps::before("cancel");
        let booking = self.purchase.change(Command::Cancel(command)).await?;
        steps::after("cancel");
        if booking.state == State::Cancelling { self.carry_on(booking).await } else { Ok(booking) }
    }

    /// A booking, for whoever may read it. A stranger's does not exist.
    pub(crate) async fn get(&self, reader: &Reader) -> Result<Booking, Error> {
        let booking = queries::find(&self.db.read, reader.booking_id).await?;
        booking
            .filter(|it| reader.customer_id.as_ref().is_none_or(|owner| *owner == it.customer_id))
            .ok_or(Error::NotFound(reader.booking_id))
    }

    /// A customer's bookings, newest first.
    pub(crate) async fn list(
        &self,
        customer: &CustomerId,
        page: &Page<Cursor>,
    ) -> Result<Vec<Booking>, Error> {
        Ok(queries::list(&self.db.read, customer, page).await?)
    }

    /// How to reach the customer of a booking.
    pub(crate) async fn contact(&self, id: BookingId) -> Result<Contact, Error> {
        let booking = queries::find(&self.db.read, id).await?;
        booking.map(|it| it.contact).ok_or(Error::NotFound(id))
    }

    /// Whether a customer saw a title, in a showing that has ended or at home (FR-60).
    pub(crate) async fn attended(
        &self,
        customer: &CustomerId,
        title: TitleId,
    ) -> Result<bool, Error> {
        Ok(queries::attended(&self.db.read, customer, title, self.clock.now()).await?)
    }

    /// The saga belongs to the server: it goes on when the caller hangs up (rule 6).
    async fn carry_on(&self, booking: Booking) -> Result<Booking, Error> {
        let purchase = self.purchase.clone();
        let saga = self.tasks.spawn(async move { purchase.go_on_for_caller(booking).await });
        saga.await.map_err(|_| Error::Stopping)?
    }
}
