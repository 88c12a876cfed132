//! What Stripe posts to a webhook: an event, and a signature of it.

use boxoffice_kernel::Clock;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Stripe;

/// An event, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Event {
    /// JSON.
    pub body: String,
}

// === impl Event ===

impl Event {
    pub(super) fn new(kind: &str, object: Value) -> Self {
        let event = json!({
            "id": format!("evt_{}", uuid::Uuid::new_v4().simple()),
            "object": "event",
            "type": kind,
            "data": { "object": object },
        });
        Self { body: event.to_string() }
    }

    /// The `Stripe-Signature` of it, made so many seconds ago, with this secret.
    #[must_use]
    pub fn signed_with(&self, secret: &str, seconds_ago: i64) -> String {
        let time = Clock.now().timestamp() - seconds_ago;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .unwrap_or_else(|_| unreachable!("a key may have any length"));
        mac.update(format!("{time}.{}", self.body).as_bytes());
        format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
    }

    /// The `Stripe-Signature` that it comes with.
    #[must_use]
    pub fn signature(&self) -> String {
        self.signed_with(Stripe::WEBHOOK_SECRET, 0)
    }
}
