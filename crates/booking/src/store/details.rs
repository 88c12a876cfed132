//! What of a booking is read and written whole: JSON in one column.

use boxoffice_kernel::BookingId;
use sea_orm::DbErr;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Attempt, Fulfilment, Holding, Item, Rejection};

/// The part of a booking that nothing searches by.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Details {
    pub(super) item: Item,
    pub(super) fulfilment: Fulfilment,
    pub(super) method: Option<String>,
    pub(super) holding: Option<Holding>,
    pub(super) moved_by: Option<u64>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) rejection: Option<Rejection>,
    pub(super) traceparent: Option<String>,
}

/// What whoever goes on with a booking has to know before it is loaded.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    pub(crate) booking_id: BookingId,
    pub(crate) traceparent: Option<String>,
}

#[derive(Deserialize)]
struct Trace {
    traceparent: Option<String>,
}

// === impl Traced ===

impl Traced {
    /// Of an id and the details that stand beside it.
    pub(crate) fn read((id, details): (Uuid, String)) -> Result<Self, DbErr> {
        let Trace { traceparent } = read(&details)?;
        Ok(Self { booking_id: BookingId(id), traceparent })
    }
}

pub(super) fn read<T: DeserializeOwned>(json: &str) -> Result<T, DbErr> {
    serde_json::from_str(json).map_err(|error| DbErr::Json(error.to_string()))
}

pub(super) fn write<T: Serialize>(value: &T) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}
