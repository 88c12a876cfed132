//! Gets parcels on their way, and called back. Every replica has one; a claim in the row keeps two
//! from handing the same parcel over at once.

use std::time::Duration;

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{DeliveryId, Fault as _, steps};
use boxoffice_runtime::Stopping;
use boxoffice_telemetry::{failed, taken_up};
use futures::{StreamExt as _, stream};
use tracing::{Instrument as _, Span, error, info, warn};

use crate::commands::{ClaimParcel, Command, RecordParcel};
use crate::config::Config;
use crate::domain::{Delivery, Outcome, Parcel, Step};
use crate::shipper::{Consignment, Receipt};
use crate::{App, Error, queries};

/// How long to leave the store alone when it does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Takes due parcels in hand until the server stops.
#[derive(Debug)]
pub(crate) struct Worker {
    app: App,
    batch: u32,
    concurrency: usize,
    poll: Duration,
    stopping: Stopping,
}

/// What became of the parcels of one turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Turn {
    found: usize,
    done: usize,
    unanswered: usize,
}

/// What became of one parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Unanswered,
    /// Another replica has it, or it could not be saved; it comes again.
    Nothing,
}

// === impl Turn ===

impl Turn {
    fn and(self, end: End) -> Self {
        match end {
            End::Done => Self { done: self.done + 1, ..self },
            End::Unanswered => Self { unanswered: self.unanswered + 1, ..self },
            End::Nothing => self,
        }
    }
}

// === impl Worker ===

impl Worker {
    pub(crate) fn new(app: App, config: &Config, stopping: Stopping) -> Self {
        Self {
            app,
            batch: config.batch.max(1),
            concurrency: config.concurrency.max(1),
            poll: config.poll,
            stopping,
        }
    }

    /// While booking or the shipper does not answer, a turn is one parcel: enough to see them come back.
    pub(crate) async fn run(self) {
        self.make_key().await;
        let mut limit = self.batch;
        while !self.stopping.is_stopping() {
            let pause = match self.turn(limit).await {
                Ok(turn) => {
                    let more = turn.done > 0 && turn.found >= limit as usize;
                    limit = if turn.unanswered > 0 { 1 } else { self.batch };
                    if more { Duration::ZERO } else { self.poll }
                }
                Err(error) => {
                    warn!(error = chain(&error), "parcels that are due cannot be read");
                    STORE_PAUSE
                }
            };
            self.rest(pause).await;
        }
    }

    /// A door may ask for the key before the first ticket is sold.
    async fn make_key(&self) {
        while !self.stopping.is_stopping() {
            match self.app.lanes.ask_timer(Command::MakeKey).await {
                Ok(_) => return,
                Err(error) => warn!(error = chain(&error), "the tickets' key cannot be made yet"),
            }
            self.rest(STORE_PAUSE).await;
        }
    }

    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stopping.stopped() => {}
        }
    }

    async fn turn(&self, limit: u32) -> Result<Turn, Error> {
        let App { db, clock, .. } = &self.app;
        let due = queries::due(&db.read, clock.now(), limit).await?;
        let turn = Turn { found: due.len(), ..Turn::default() };
        let turn = stream::iter(due)
            .take_until(self.stopping.stopped())
            .map(|due| {
                let span = taken_up("send parcel", due.booking_id, due.traceparent.as_deref());
                self.take(due.delivery_id).instrument(span)
            })
            .buffer_unordered(self.concurrency)
            .fold(turn, async |turn, end| turn.and(end))
            .await;
        if turn.unanswered > 0 {
            warn!(parcels = turn.unanswered, "parcels wait for booking or the shipper");
        }
        Ok(turn)
    }

    async fn take(&self, delivery_id: DeliveryId) -> End {
        match self.handle(delivery_id).await {
            Ok(true) => End::Done,
            Ok(false) => End::Nothing,
            Err(Error::Unanswered(unanswered)) if unanswered.is_outage() => {
                failed(&Span::current(), "unanswered");
                End::Unanswered
            }
            Err(error) => {
                failed(&Span::current(), error.reason());
                error!(delivery.id = %delivery_id, error = chain(&error), "parcel not sent");
                End::Nothing
            }
        }
    }

    /// `false`: it was not due any more.
    async fn handle(&self, delivery_id: DeliveryId) -> Result<bool, Error> {
        let claim = Command::Claim(ClaimParcel { delivery_id });
        let Some(delivery) = self.app.lanes.ask_timer(claim).await? else { return Ok(false) };
        let outcome = match delivery.step() {
            None => return Ok(false),
            Some(Step::Ship) => self.ship(&delivery).await?,
            Some(Step::Recall) => {
                self.app.shipper.recall(delivery_id).await?;
                info!(delivery.id = %delivery_id, "parcel recalled");
                Outcome::Recalled
            }
        };
        let record = Command::Record(RecordParcel { delivery_id, outcome });
        self.app.lanes.ask_timer(record).await?;
        Ok(true)
    }

    /// Asks where to, at this moment, and hands the parcel over.
    async fn ship(&self, delivery: &Delivery) -> Result<Outcome, Error> {
        let contact = self.app.booking.contact(delivery.booking_id).await?;
        if contact.address.trim().is_empty() {
            warn!(
                delivery.id = %delivery.id,
                booking.id = %delivery.booking_id,
                "parcel not sent: its booking has no address; customer care has to ask for one"
            );
            return Ok(Outcome::NoAddress);
        }
        let consignment = Consignment { key: delivery.id, contact: contact.clone() };
        steps::before("ship");
        let Receipt { shipper, tracking_number } = self.app.shipper.ship(consignment).await?;
        steps::after("ship");
        info!(delivery.id = %delivery.id, shipper, tracking_number, "parcel handed over");
        Ok(Outcome::HandedOver(Parcel { shipper, tracking_number, contact }))
    }
}
