//! The table `bookings`: the present of each, one row a booking.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_kernel::{BookingId, Currency, CustomerId, Money, PaymentId, ShowingId, TitleId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel, Iterable as _, QueryOrder, QuerySelect};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::status::{Delivery, License, Payment, Status};
use crate::domain::{Booking, Latest, PaymentStatus, Seats};

/// Rows in one statement: each has 26 columns, and SQLite takes 32,766 parameters.
const ROWS: usize = 1_000;

/// A row of `bookings`. Each `…_sequence` guards the columns above it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "bookings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) customer_id: Option<String>,
    pub(crate) title_id: Option<Uuid>,
    pub(crate) showing_id: Option<Uuid>,
    pub(crate) amount: Option<i64>,
    pub(crate) currency: Option<String>,
    /// As booking said.
    pub(crate) said: Option<Status>,
    pub(crate) said_sequence: i64,
    pub(crate) starts_at: Option<DateTimeUtc>,
    pub(crate) starts_sequence: i64,
    /// Names as JSON; `NULL`: nothing is known of seats.
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) seats: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) seats_sequence: i64,
    /// Status and sequence of each attempt to pay, as JSON.
    #[sea_orm(column_type = "Text")]
    pub(crate) attempts: String,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) delivery_sequence: i64,
    pub(crate) license: Option<License>,
    pub(crate) license_sequence: i64,
    /// What follows from the above, to be searched by.
    pub(crate) status: Option<Status>,
    pub(crate) payment: Option<Payment>,
    /// Neither confirmed nor ended.
    pub(crate) open: bool,
    /// The place of the last change among those of the customer's bookings.
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn load_locked(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Booking>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(Booking::try_from).collect()
}

/// What is new.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    new: Vec<(Booking, u64)>,
) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        Entity::insert_many(active(some)?).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was locked, and changed.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    changed: Vec<(Booking, u64)>,
) -> Result<(), DbErr> {
    let changing = Column::iter().filter(|column| !matches!(column, Column::Id));
    let update = OnConflict::column(Column::Id).update_columns(changing).to_owned();
    for some in changed.chunks(ROWS) {
        let rows = active(some)?;
        Entity::insert_many(rows).on_conflict(update.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn active(bookings: &[(Booking, u64)]) -> Result<Vec<ActiveModel>, DbErr> {
    let row = |(booking, version): &(Booking, u64)| {
        Ok(Model::new(booking, *version)?.into_active_model().reset_all())
    };
    bookings.iter().map(row).collect()
}

// === row to domain and back ===

impl TryFrom<Model> for Booking {
    type Error = DbErr;

    /// A row that cannot be read is a fault of the store.
    fn try_from(row: Model) -> Result<Self, DbErr> {
        let seats = match row.seats {
            None => None,
            Some(names) => {
                let quantity = u32::try_from(row.quantity).unwrap_or_default();
                Some(Seats { names: read(&names)?, quantity })
            }
        };
        let attempts: BTreeMap<PaymentId, (u64, PaymentStatus)> = read(&row.attempts)?;
        let attempts = attempts.into_iter();
        Ok(Self {
            id: BookingId(row.id),
            customer_id: row.customer_id.as_deref().map(CustomerId::new),
            title_id: row.title_id.map(TitleId),
            showing_id: row.showing_id.map(ShowingId),
            amount: amount(row.amount, row.currency.as_deref())?,
            said: latest(row.said_sequence, row.said.map(Status::into)),
            starts_at: latest(row.starts_sequence, row.starts_at),
            seats: latest(row.seats_sequence, seats),
            attempts: attempts
                .map(|(id, (sequence, status))| (id, Latest { sequence, value: Some(status) }))
                .collect(),
            delivery: latest(row.delivery_sequence, row.delivery.map(Delivery::into)),
            license: latest(row.license_sequence, row.license.map(License::into)),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Model {
    fn new(booking: &Booking, version: u64) -> Result<Self, DbErr> {
        let status = booking.status();
        let seats = booking.seats.value.as_ref();
        let attempts: BTreeMap<_, _> = booking
            .attempts
            .iter()
            .filter_map(|(id, attempt)| Some((id, (attempt.sequence, attempt.value?))))
            .collect();
        Ok(Self {
            id: booking.id.0,
            customer_id: booking.customer_id.as_ref().map(|it| it.as_str().to_owned()),
            title_id: booking.title_id.map(|it| it.0),
            showing_id: booking.showing_id.map(|it| it.0),
            amount: booking.amount.map(Money::minor),
            currency: booking.amount.map(|it| it.currency().code().to_owned()),
            said: booking.said.value.map(Status::from),
            said_sequence: booking.said.sequence.cast_signed(),
            starts_at: booking.starts_at.value,
            starts_sequence: booking.starts_at.sequence.cast_signed(),
            seats: seats.map(|seats| write(&seats.names)).transpose()?,
            quantity: seats.map(|seats| seats.quantity.into()).unwrap_or_default(),
            seats_sequence: booking.seats.sequence.cast_signed(),
            attempts: write(&attempts)?,
            delivery: booking.delivery.value.map(Delivery::from),
            delivery_sequence: booking.delivery.sequence.cast_signed(),
            license: booking.license.value.map(License::from),
            license_sequence: booking.license.sequence.cast_signed(),
            status: status.map(Status::from),
            payment: booking.payment_status().map(Payment::from),
            open: status.is_none_or(|status| Status::from(status).is_open()),
            version: version.cast_signed(),
            created_at: booking.created_at,
            updated_at: booking.updated_at,
        })
    }
}

fn latest<T>(sequence: i64, value: Option<T>) -> Latest<T> {
    Latest { sequence: sequence.cast_unsigned(), value }
}

fn amount(minor: Option<i64>, currency: Option<&str>) -> Result<Option<Money>, DbErr> {
    let (Some(minor), Some(currency)) = (minor, currency) else { return Ok(None) };
    currency
        .parse::<Currency>()
        .and_then(|currency| Money::from_minor(minor, currency))
        .map(Some)
        .map_err(|unsound| DbErr::Type(format!("bookings.amount: {unsound}")))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

fn write<T: Serialize>(value: &T) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}
