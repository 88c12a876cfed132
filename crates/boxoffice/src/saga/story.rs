//! All there is of one booking, read from every context's store and from the streams.

use anyhow::Context as _;
use boxoffice_booking::audit::Saga;
use boxoffice_delivery::audit::DeliveryRow;
use boxoffice_eventing::Message;
use boxoffice_eventing::dead_letters::DeadLetter;
use boxoffice_kernel::{BookingId, Clock, Context, Time};
use boxoffice_notification::audit::NoticeRow;
use boxoffice_payment::audit::PaymentRow;
use boxoffice_seating::audit::HoldRow;
use boxoffice_streaming::audit::LicenseRow;

use super::waiting::{Facts, Waiting};
use crate::args::Stores;
use crate::{dead_letters, events, stores};

pub(super) struct Story {
    pub(super) read_at: Time,
    pub(super) saga: Saga,
    pub(super) waiting: Vec<Waiting>,
    pub(super) hold: Option<HoldRow>,
    pub(super) payments: Vec<PaymentRow>,
    pub(super) delivery: Option<DeliveryRow>,
    pub(super) license: Option<LicenseRow>,
    pub(super) notices: Vec<NoticeRow>,
    pub(super) dead_letters: Vec<DeadLetter>,
    /// Or why they cannot be read: the rest is worth reading without them.
    pub(super) events: anyhow::Result<Vec<Message>>,
}

// === impl Story ===

impl Story {
    /// Reads `most` events of each context, at most.
    pub(super) async fn read(args: &Stores, id: BookingId, most: u64) -> anyhow::Result<Self> {
        let read = async |context| anyhow::Ok(stores::open(args, context).await?.read);
        let saga = boxoffice_booking::audit::saga(&read(Context::BOOKING).await?, id).await?;
        let saga = saga.with_context(|| {
            format!("there is no booking {id}; `boxoffice saga list` shows those that wait")
        })?;
        let hold = boxoffice_seating::audit::hold(&read(Context::SEATING).await?, id).await?;
        let payments = read(Context::PAYMENT).await?;
        let payments = boxoffice_payment::audit::payments_of(&payments, id).await?;
        let delivery = read(Context::DELIVERY).await?;
        let delivery = boxoffice_delivery::audit::delivery(&delivery, id).await?;
        let license = read(Context::STREAMING).await?;
        let license = boxoffice_streaming::audit::license(&license, id).await?;
        let notices = read(Context::NOTIFICATION).await?;
        let notices = boxoffice_notification::audit::notices(&notices, id).await?;
        let facts = Facts {
            hold: hold.as_ref().map(|it| it.state),
            payments: payments.iter().map(|it| it.standing).collect(),
            delivered: delivery.is_some_and(|it| it.is_live()),
            licensed: license.as_ref().is_some_and(|it| it.live),
        };
        let read_at = Clock.now();
        Ok(Self {
            waiting: facts.waiting(&saga, read_at),
            dead_letters: dead_letters::of(args, id.0).await?,
            events: events::since(args, id.0, saga.placed_at, most).await,
            read_at,
            saga,
            hold,
            payments,
            delivery,
            license,
            notices,
        })
    }
}
