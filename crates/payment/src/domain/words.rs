//! The words payment and its provider share: a method, a charge's name, an answer, a refusal.

use std::fmt;

use boxoffice_kernel::PaymentId;

/// Our own reason of a decline: the attempt's time was over before anything was charged.
pub const EXPIRED: &str = "expired";

/// The provider's name for a payment method, such as `pm_card_visa`. Kept, never shown, never
/// logged: its `Debug` is masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Method(String);

/// The provider's name for a charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference(pub String);

/// What the provider says about one idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The money was taken.
    Approved {
        /// The charge.
        reference: Reference,
    },
    /// It was not, and asking again will not change that.
    Declined {
        /// In the provider's words, such as `insufficient_funds`.
        reason: String,
    },
    /// Nothing is kept under this key and nothing ever will be: a charge that is still under way
    /// in the network is refused when it arrives.
    Returned {
        /// The charge that was given back; `None`: nothing had been taken.
        reference: Option<Reference>,
    },
}

/// A rule that said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The booking is rejected, expired or cancelled; no money is taken for it any more.
    #[error("the booking is closed; no money is taken for it")]
    Closed,
    /// The same payment id stood for something else before.
    #[error("this payment id was used before with a different booking, customer, amount or method")]
    Reused,
    /// Never two attempts at once, so never two charges.
    #[error("another attempt to pay this booking, {0}, is not settled yet")]
    Unsettled(PaymentId),
    /// The booking is paid.
    #[error("the booking is paid, by {0}")]
    Paid(PaymentId),
    /// Two things the provider said cannot both be true; a person has to look.
    #[error("the provider said `{answer}` of a payment that is {state}")]
    Contradiction {
        /// Where the payment stands.
        state: &'static str,
        /// What was heard now.
        answer: &'static str,
    },
}

// === impl Method ===

impl Method {
    /// Takes the provider's reference as it is.
    pub fn new(reference: impl Into<String>) -> Self {
        Self(reference.into())
    }

    /// For the provider and the store, nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Method(***)")
    }
}

// === impl Answer ===

impl Answer {
    /// For a log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::Returned { reference: Some(_) } => "given back",
            Self::Returned { reference: None } => "never taken",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_never_printed() {
        let method = Method::new("pm_card_visa");
        assert_eq!(format!("{method:?} {method:#?}"), "Method(***) Method(***)");
    }
}
