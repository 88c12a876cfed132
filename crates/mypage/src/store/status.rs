//! Statuses, stored.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::{BookingStatus, DeliveryStatus, LicenseStatus, PaymentStatus};

/// An enum of the domain as a column, both ways.
macro_rules! stored {
    ($($(#[$doc:meta])* $column:ident = $domain:ident { $($name:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
        pub(crate) enum $column {
            $(#[sea_orm(string_value = $text)] $name,)+
        }

        impl From<$domain> for $column {
            fn from(status: $domain) -> Self {
                match status {
                    $($domain::$name => Self::$name,)+
                }
            }
        }

        impl From<$column> for $domain {
            fn from(status: $column) -> Self {
                match status {
                    $($column::$name => Self::$name,)+
                }
            }
        }
    )+};
}

stored! {
    /// [`BookingStatus`].
    Status = BookingStatus {
        Placed = "placed",
        AwaitingPayment = "awaiting_payment",
        Confirmed = "confirmed",
        Rejected = "rejected",
        Expired = "expired",
        Cancelled = "cancelled",
    }

    /// [`PaymentStatus`].
    Payment = PaymentStatus {
        Declined = "declined",
        Cancelled = "cancelled",
        Pending = "pending",
        Approved = "approved",
    }

    /// [`DeliveryStatus`].
    Delivery = DeliveryStatus {
        Started = "started",
        Completed = "completed",
        Cancelled = "cancelled",
    }

    /// [`LicenseStatus`].
    License = LicenseStatus {
        Granted = "granted",
        Watched = "watched",
        Revoked = "revoked",
    }
}

// === impl Status ===

impl Status {
    /// Whether something is still to come of it.
    pub(super) fn is_open(self) -> bool {
        match self {
            Self::Placed | Self::AwaitingPayment => true,
            Self::Confirmed | Self::Rejected | Self::Expired | Self::Cancelled => false,
        }
    }
}
