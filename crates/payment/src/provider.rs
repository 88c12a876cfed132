//! The payment provider: a system we don't own, seen through what payment needs of it.

pub(crate) mod guarded;
pub mod simulator;
pub mod stripe;

use std::fmt;

use async_trait::async_trait;
use boxoffice_kernel::{BookingId, Money, PaymentId};

use crate::domain::{Answer, Method, Reference};

pub use self::guarded::Unanswered;

/// Takes money and gives it back (FR-20, FR-21, FR-22).
///
/// Whoever implements it promises, for each key, whatever the order in which calls arrive:
/// 1. one charge at most; asking again gives the answer of the first time;
/// 2. once [`Provider::refund`] has answered, nothing is kept under the key and nothing ever will
///    be, though a charge with it arrive later: that one gets [`Answer::Returned`];
/// 3. after an error the caller knows nothing: the call may have had its effect.
#[async_trait]
pub trait Provider: fmt::Debug + Send + Sync + 'static {
    /// Takes the money, unless that was done or refused before.
    async fn charge(&self, charge: Charge) -> Result<Answer, ProviderError>;

    /// Gives back what was taken under `key`, if anything was, and closes the key.
    async fn refund(&self, key: PaymentId) -> Result<Refunded, ProviderError>;

    /// What is known of `key`; `None`: nothing.
    async fn find(&self, key: PaymentId) -> Result<Option<Answer>, ProviderError>;
}

/// What is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The idempotency key.
    pub key: PaymentId,
    /// For which booking; a note for whoever looks at the provider's books.
    pub booking_id: BookingId,
    /// How much.
    pub amount: Money,
    /// By which method.
    pub method: Method,
}

/// Nothing is kept under the key any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The charge that was given back; `None`: nothing had been taken.
    pub reference: Option<Reference>,
}

/// Why there is no answer. Whether the call had its effect is unknown.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be reached, or says so itself.
    #[error("the payment provider is unavailable")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// It took too long.
    #[error("the payment provider did not answer in time")]
    Timeout,
    /// It says that the request is wrong: our bug, or the settings of our account.
    #[error("the payment provider refuses what it is asked")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key stood for another charge before: our bug.
    #[error("the payment provider knows key {0} for a different charge")]
    KeyReused(PaymentId),
}

// === impl Refunded ===

impl From<Refunded> for Answer {
    fn from(Refunded { reference }: Refunded) -> Self {
        Self::Returned { reference }
    }
}
