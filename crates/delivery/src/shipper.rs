//! The shipper: a system we don't own, seen through what delivery needs of it.

pub(crate) mod guarded;
pub mod simulator;

use std::fmt;

use async_trait::async_trait;
use boxoffice_kernel::DeliveryId;

use crate::domain::Contact;

/// Carries parcels (FR-30).
///
/// Whoever implements it promises, for each key, whatever the order in which calls arrive:
/// 1. one parcel at most; asking again gives the number of the first time;
/// 2. once [`Shipper::recall`] has answered, nothing is on its way under the key and nothing ever
///    will be, though a parcel with it arrive later: that one gets [`ShipperError::Recalled`];
/// 3. after an error the caller knows nothing: the call may have had its effect.
#[async_trait]
pub trait Shipper: fmt::Debug + Send + Sync + 'static {
    /// Takes a parcel.
    async fn ship(&self, consignment: Consignment) -> Result<Receipt, ShipperError>;

    /// Calls back the parcel under `key`, if there is one, and closes the key.
    async fn recall(&self, key: DeliveryId) -> Result<(), ShipperError>;
}

/// What is to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consignment {
    /// The idempotency key.
    pub key: DeliveryId,
    /// To whom.
    pub contact: Contact,
}

/// It was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who carries it.
    pub shipper: String,
    /// Their number for it.
    pub tracking_number: String,
}

/// Why there is no answer. Whether the call had its effect is unknown, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum ShipperError {
    /// It cannot be reached, or says so itself.
    #[error("the shipper is unavailable")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// It took too long.
    #[error("the shipper did not answer in time")]
    Timeout,
    /// The parcel was called back before it was taken.
    #[error("parcel {0} was recalled")]
    Recalled(DeliveryId),
}
