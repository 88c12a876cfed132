//! What Stripe says, in our words. Only the fields that decide something are read.

use boxoffice_kernel::{Currency, Money, PaymentId};
use boxoffice_runtime::HttpsError;
use http::StatusCode;
use serde::Deserialize;

use super::super::ProviderError;
use crate::audit::ChargeRow;
use crate::domain::{Answer, Reference};

/// A payment intent.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) status: Status,
    amount: i64,
    currency: String,
    last_payment_error: Option<Refusal>,
    /// Asked for whole.
    latest_charge: Option<Taken>,
    #[serde(default)]
    metadata: Metadata,
}

/// One page of intents, the newest first.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<Intent>,
    pub(super) has_more: bool,
}

/// What makes an intent ours; an account may serve others, too.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) payment_id: Option<String>,
    pub(super) booking_id: Option<String>,
}

/// Where it stands. Newer ones than these are read as [`Status::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// The method was declined.
    RequiresPaymentMethod,
    /// Nothing was asked of the method yet.
    RequiresConfirmation,
    /// The customer would have to do something.
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
    #[serde(other)]
    Other,
}

/// A charge.
#[derive(Clone, Debug, Deserialize)]
struct Taken {
    /// Whole.
    refunded: bool,
}

/// A refund.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Refund {
    status: Option<String>,
}

/// The body of an error.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Problem {
    error: Refusal,
}

/// Why not.
#[derive(Clone, Debug, Deserialize)]
struct Refusal {
    r#type: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    param: Option<String>,
}

/// Why a request has not the answer it asks for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// No money by this method; asking again does not change that.
    #[error("stripe declines: {reason}")]
    Declined {
        /// In Stripe's words.
        reason: String,
    },
    /// The intent is confirmed, cancelled or being worked on.
    #[error("the payment intent is in another state")]
    WrongState,
    /// There is nothing left to give back.
    #[error("the charge was given back before")]
    AlreadyRefunded,
    /// The key stood for another request before.
    #[error("the idempotency key stood for something else")]
    KeyReused,
    /// Our key is not good, or may not do this.
    #[error("stripe does not accept our secret key ({0})")]
    Key(StatusCode),
    /// A request as it should not be: our bug, or the account's settings.
    #[error("stripe refuses the request ({status}, {code})")]
    Refused {
        /// 4xx.
        status: StatusCode,
        /// Stripe's name for it.
        code: String,
    },
    /// It could not: too many requests, another one at the same object, trouble of its own.
    #[error("stripe cannot at the moment ({0})")]
    Unable(StatusCode),
    /// The bank did not take the money back.
    #[error("stripe failed to give the money back; a person has to")]
    RefundFailed,
    /// Our URL of it is none.
    #[error("stripe has no such address")]
    Address(#[source] http::Error),
    /// Not what Stripe answers.
    #[error("what stripe answers cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// No answer.
    #[error("stripe gives no answer")]
    Line(#[source] HttpsError),
}

// === impl Intent ===

impl Intent {
    /// `None`: it is neither one thing nor the other yet.
    pub(super) fn answer(&self) -> Option<Answer> {
        let reference = || Reference(self.id.clone());
        let refunded = self.latest_charge.as_ref().is_some_and(|it| it.refunded);
        match self.status {
            Status::Succeeded if refunded => {
                Some(Answer::Returned { reference: Some(reference()) })
            }
            Status::Succeeded => Some(Answer::Approved { reference: reference() }),
            Status::Canceled => Some(Answer::Returned { reference: None }),
            Status::RequiresPaymentMethod => {
                let reason = self.last_payment_error.as_ref().map_or(UNSAID, Refusal::reason);
                Some(Answer::Declined { reason: reason.to_owned() })
            }
            Status::RequiresAction => Some(Answer::Declined { reason: NEEDS_CUSTOMER.to_owned() }),
            Status::RequiresConfirmation | Status::Processing | Status::Other => None,
        }
    }

    /// Whether it will never change again.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.status, Status::Succeeded | Status::Canceled)
    }

    /// For which payment it took how much, if any, and whether that went back.
    pub(super) fn charge(&self) -> Option<ChargeRow> {
        let key = self.metadata.payment_id.as_ref()?.parse().ok()?;
        let currency = self.currency.to_uppercase().parse().ok()?;
        let amount = Money::from_minor(self.amount, currency).ok()?;
        let refunded = self.latest_charge.as_ref().is_some_and(|it| it.refunded);
        (self.status == Status::Succeeded).then_some(ChargeRow { key, amount, refunded })
    }

    pub(super) fn is_for(&self, amount: Money) -> bool {
        self.amount == amount.minor() && self.currency == currency(amount.currency())
    }
}

/// Stripe counts in the smallest unit, as we do. It differs from ISO 4217 in a few currencies that are
/// not sold in here (ISK and UGX with two decimals, three-decimal ones only in tens): whoever adds
/// one has to look here.
pub(super) const fn currency(currency: Currency) -> &'static str {
    match currency {
        Currency::Krw => "krw",
        Currency::Eur => "eur",
        Currency::Usd => "usd",
        Currency::Gbp => "gbp",
        Currency::Jpy => "jpy",
    }
}

/// The bank said no, and not why.
const UNSAID: &str = "generic_decline";
/// The bank wants to ask its customer, and there is no page of ours where it could.
const NEEDS_CUSTOMER: &str = "authentication_required";
/// There is no such method; our name for it, the simulator's too.
pub(super) const UNKNOWN_METHOD: &str = "invalid_payment_method";
/// Stripe: a thief is not to be told what is known.
const DISCREET: [&str; 4] = ["fraudulent", "lost_card", "merchant_blacklist", "stolen_card"];

// === impl Refund ===

impl Refund {
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }
}

// === impl Refusal ===

impl Refusal {
    fn reason(&self) -> &str {
        let reason = self.decline_code.as_deref().or(self.code.as_deref()).unwrap_or(UNSAID);
        if DISCREET.contains(&reason) { UNSAID } else { reason }
    }
}

// === impl Failure ===

impl Failure {
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Self {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Self::Key(status),
            StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => return Self::Unable(status),
            it if !it.is_client_error() => return Self::Unable(status),
            _ => {}
        }
        let Problem { error } = match serde_json::from_slice(body) {
            Ok(problem) => problem,
            Err(error) => return Self::Unreadable(error),
        };
        if error.r#type.as_deref() == Some("card_error") || status == StatusCode::PAYMENT_REQUIRED {
            return Self::Declined { reason: error.reason().to_owned() };
        }
        if error.r#type.as_deref() == Some("idempotency_error") {
            return Self::KeyReused;
        }
        let code = error.code.unwrap_or_default();
        let about_method = error.param.is_some_and(|param| param.starts_with("payment_method"));
        match code.as_str() {
            "payment_intent_unexpected_state" => Self::WrongState,
            "charge_already_refunded" => Self::AlreadyRefunded,
            "amount_too_small" | "amount_too_large" => Self::Declined { reason: code },
            "lock_timeout" | "idempotency_key_in_use" | "rate_limit" => Self::Unable(status),
            _ if about_method => Self::Declined { reason: UNKNOWN_METHOD.to_owned() },
            _ => Self::Refused { status, code },
        }
    }

    /// To somebody who asked about `key`.
    pub(super) fn of(self, key: PaymentId) -> ProviderError {
        match self {
            Self::KeyReused => ProviderError::KeyReused(key),
            Self::Line(HttpsError::Slow) => ProviderError::Timeout,
            Self::Refused { .. }
            | Self::AlreadyRefunded
            | Self::Declined { .. }
            | Self::RefundFailed
            | Self::Address(_) => ProviderError::Refused(self.into()),
            Self::WrongState
            | Self::Key(_)
            | Self::Unable(_)
            | Self::Unreadable(_)
            | Self::Line(_) => ProviderError::Unavailable(Some(self.into())),
        }
    }
}
