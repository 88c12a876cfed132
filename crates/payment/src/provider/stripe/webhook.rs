//! What Stripe says unasked: that money arrived, perhaps long after nobody waits for it, or that a refund failed.
//! Said twice or in another order it changes nothing: a payment hears of its money as of any other answer.

use std::sync::Arc;

use boxoffice_kernel::{BookingId, Fault, Kind, PaymentId};
use boxoffice_runtime::{Server, to_status};
use http::HeaderMap;
use secrecy::SecretString;
use serde::Deserialize;
use tracing::{debug, error, info, warn};

use super::super::ProviderError;
use super::Stripe;
use super::answer::{Failure, Metadata};
use super::signature::{self, Forged};
use crate::commands::{Command, RecordAnswer};
use crate::domain::{Answer, Reference};
use crate::{App, Error};

/// Where Stripe is told to post its events.
const PATH: &str = "/v1/payments/webhooks/stripe";

/// Listens to Stripe.
struct Webhook {
    secret: SecretString,
    stripe: Stripe,
    app: App,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

/// A payment intent or a refund.
#[derive(Deserialize)]
struct Object {
    id: Option<String>,
    metadata: Option<Metadata>,
}

/// Why an event is not taken in. Stripe sends it again.
#[derive(Debug, thiserror::Error)]
enum Unheard {
    #[error(transparent)]
    Forged(#[from] Forged),
    #[error("the body is no event of Stripe's")]
    Unreadable(#[source] serde_json::Error),
    #[error("stripe or the store does not answer")]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Payment(#[from] Error),
}

/// Serves the webhook.
pub(crate) fn serve(secret: SecretString, stripe: Stripe, app: &App, server: &mut Server) {
    let webhook = Arc::new(Webhook { secret, stripe, app: app.clone() });
    server.route(PATH, move |headers, body| {
        let webhook = Arc::clone(&webhook);
        async move { webhook.hear(&headers, &body).await.map_err(|unheard| to_status(&unheard)) }
    });
}

// === impl Webhook ===

impl Webhook {
    /// Once it is `Ok`, what follows is saved.
    async fn hear(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unheard> {
        let signature = headers.get("stripe-signature").and_then(|it| it.to_str().ok());
        let now = self.app.clock.now();
        signature::check(&self.secret, signature.unwrap_or_default(), body, now)?;
        let event: Event = serde_json::from_slice(body).map_err(Unheard::Unreadable)?;
        let Event { id: event_id, r#type, data: Data { object } } = event;
        let Some((named, payment_id, booking_id)) = object.ours() else {
            debug!(event = event_id, r#type, "not about a payment of ours");
            return Ok(());
        };
        match r#type.as_str() {
            "payment_intent.succeeded" => {
                info!(payment.id = %payment_id, event = event_id, "stripe says that money arrived");
                self.money(named, payment_id, booking_id).await?;
            }
            "refund.failed" => {
                error!(payment.id = %payment_id, refund = named, "money was not given back: give it back by hand");
            }
            _ => debug!(event = event_id, r#type, "nothing to do"),
        }
        Ok(())
    }

    /// Whatever the payment is by now, it hears that its money is there: a closed one gives it back.
    async fn money(
        &self,
        intent: String,
        payment_id: PaymentId,
        booking_id: BookingId,
    ) -> Result<(), Unheard> {
        if !self.stripe.counts(payment_id, &intent).await? {
            return Ok(());
        }
        let answer = Some(Answer::Approved { reference: Reference(intent) });
        let heard = Command::Record(RecordAnswer { booking_id, payment_id, answer });
        self.app.lanes.ask_timer(heard).await?;
        Ok(())
    }
}

// === impl Stripe ===

impl Stripe {
    /// Whether this intent is the one whose money counts for the payment. Money under any other goes back at once.
    async fn counts(&self, key: PaymentId, intent: &str) -> Result<bool, ProviderError> {
        if self.ledger.find(key).await?.is_none() {
            warn!(payment.id = %key, intent, "money for a payment that was never asked for here");
            return Ok(false);
        }
        let entry = self.ledger.keep(key, intent).await?;
        if entry.intent.as_deref() == Some(intent) {
            return Ok(true);
        }
        warn!(payment.id = %key, intent, "money by an intent that does not count is given back");
        match self.api.refund(intent, key).await {
            Ok(()) | Err(Failure::AlreadyRefunded) => Ok(false),
            Err(failure) => Err(failure.of(key)),
        }
    }
}

// === impl Object ===

impl Object {
    /// Its name, and whose it is.
    fn ours(self) -> Option<(String, PaymentId, BookingId)> {
        let Metadata { payment_id, booking_id } = self.metadata?;
        Some((self.id?, payment_id?.parse().ok()?, booking_id?.parse().ok()?))
    }
}

// === impl Unheard ===

impl Fault for Unheard {
    fn kind(&self) -> Kind {
        match self {
            Self::Forged(_) | Self::Unreadable(_) => Kind::Invalid,
            Self::Provider(_) => Kind::Unavailable,
            Self::Payment(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Forged(_) => "BAD_SIGNATURE",
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::Provider(_) => "PROVIDER_UNAVAILABLE",
            Self::Payment(error) => error.reason(),
        }
    }
}
