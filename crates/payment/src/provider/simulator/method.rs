//! What a method's name decides: Stripe's test names, and the simulator's own.

use super::ledger::Behaviour;
use crate::domain::Method;

/// Stripe's names of test cards that approve.
const APPROVING: [&str; 12] = [
    "pm_card_visa",
    "pm_card_visa_debit",
    "pm_card_mastercard",
    "pm_card_mastercard_debit",
    "pm_card_mastercard_prepaid",
    "pm_card_amex",
    "pm_card_discover",
    "pm_card_diners",
    "pm_card_jcb",
    "pm_card_unionpay",
    "pm_card_us",
    "pm_card_kr",
];

// === impl Behaviour ===

impl Behaviour {
    /// Never an error: a name nobody knows is a method that is declined.
    pub(super) fn of(method: &Method) -> Self {
        let name = method.expose();
        if APPROVING.contains(&name) {
            return Self::Approve;
        }
        match name {
            "pm_sim_slow" => Self::Slow,
            "pm_sim_late" => Self::Late,
            "pm_sim_unavailable" => Self::Unavailable,
            "pm_sim_unavailable_once" => Self::UnavailableTimes(1),
            "pm_sim_unavailable_3" => Self::UnavailableTimes(3),
            _ => Self::Decline(decline(name)),
        }
    }
}

/// Stripe writes some of these with the card's brand, some without; both are known here.
fn decline(name: &str) -> &'static str {
    let Some(what) = name.strip_prefix("pm_card_visa_").or_else(|| name.strip_prefix("pm_card_"))
    else {
        return "invalid_payment_method";
    };
    match what {
        "chargeDeclined" => "card_declined",
        "chargeDeclinedInsufficientFunds" => "insufficient_funds",
        "chargeDeclinedLostCard" => "lost_card",
        "chargeDeclinedStolenCard" => "stolen_card",
        "chargeDeclinedExpiredCard" => "expired_card",
        "chargeDeclinedIncorrectCvc" => "incorrect_cvc",
        "chargeDeclinedProcessingError" => "processing_error",
        _ => "invalid_payment_method",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide() {
        for (name, behaviour) in [
            ("pm_card_visa", Behaviour::Approve),
            ("pm_card_mastercard", Behaviour::Approve),
            ("pm_card_chargeDeclined", Behaviour::Decline("card_declined")),
            ("pm_card_visa_chargeDeclined", Behaviour::Decline("card_declined")),
            ("pm_card_chargeDeclinedInsufficientFunds", Behaviour::Decline("insufficient_funds")),
            ("pm_card_chargeDeclinedExpiredCard", Behaviour::Decline("expired_card")),
            ("pm_sim_slow", Behaviour::Slow),
            ("pm_sim_late", Behaviour::Late),
            ("pm_sim_unavailable", Behaviour::Unavailable),
            ("pm_sim_unavailable_once", Behaviour::UnavailableTimes(1)),
            ("pm_sim_unavailable_3", Behaviour::UnavailableTimes(3)),
            ("pm_card_visa_whatever", Behaviour::Decline("invalid_payment_method")),
            ("4242424242424242", Behaviour::Decline("invalid_payment_method")),
            ("", Behaviour::Decline("invalid_payment_method")),
        ] {
            assert_eq!(Behaviour::of(&Method::new(name)), behaviour, "{name}");
        }
    }
}
