//! The table `deliveries`, and a delivery as its row.

use std::collections::BTreeSet;

use boxoffice_kernel::{BookingId, CustomerId, DeliveryId, PaymentId, ShowingId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, IntoActiveModel};
use serde::Serialize;

use crate::domain::{Contact, Delivery, Method, Parcel, State};

/// Rows in one statement: each has 18 columns, and SQLite takes 32,766 parameters.
const ROWS: usize = 1_000;

/// A row of `deliveries`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "deliveries")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) booking_id: Uuid,
    pub(crate) customer_id: String,
    pub(crate) showing_id: Uuid,
    pub(crate) payment_id: Uuid,
    pub(crate) method: MethodColumn,
    pub(crate) state: StateColumn,
    pub(crate) shipper: Option<String>,
    pub(crate) tracking_number: Option<String>,
    pub(crate) contact_name: Option<String>,
    pub(crate) contact_phone: Option<String>,
    pub(crate) contact_address: Option<String>,
    pub(crate) attempts: i64,
    pub(crate) next_attempt_at: Option<DateTimeUtc>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) traceparent: Option<String>,
}

/// [`Method`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum MethodColumn {
    #[sea_orm(string_value = "e_ticket")]
    ETicket,
    #[sea_orm(string_value = "post")]
    Post,
}

/// [`State`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "started")]
    Started,
    #[sea_orm(string_value = "completed")]
    Completed,
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change.
const CHANGING: [Column; 10] = [
    Column::State,
    Column::Shipper,
    Column::TrackingNumber,
    Column::ContactName,
    Column::ContactPhone,
    Column::ContactAddress,
    Column::Attempts,
    Column::NextAttemptAt,
    Column::Version,
    Column::UpdatedAt,
];

/// Those of orders that were locked; without their tickets.
pub(super) async fn load(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(tx).await
}

/// What is new, sorted by id.
pub(super) async fn insert(tx: &DatabaseTransaction, new: Vec<Model>) -> Result<(), DbErr> {
    for some in new.chunks(ROWS) {
        Entity::insert_many(some.iter().map(active)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was loaded, and changed.
pub(super) async fn update(tx: &DatabaseTransaction, changed: Vec<Model>) -> Result<(), DbErr> {
    for some in changed.chunks(ROWS) {
        let update = OnConflict::column(Column::Id).update_columns(CHANGING).to_owned();
        Entity::insert_many(some.iter().map(active))
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn active(row: &Model) -> ActiveModel {
    row.clone().into_active_model().reset_all()
}

// === row to domain and back ===

impl TryFrom<Model> for Delivery {
    type Error = DbErr;

    /// A row that cannot be read is a fault of the store.
    fn try_from(row: Model) -> Result<Self, DbErr> {
        let missing = || DbErr::Type(format!("delivery {} has half a parcel", row.id));
        let parcel = row.shipper.map(|shipper| -> Result<_, DbErr> {
            let tracking_number = row.tracking_number.ok_or_else(missing)?;
            let contact = Contact {
                name: row.contact_name.unwrap_or_default(),
                phone: row.contact_phone.unwrap_or_default(),
                address: row.contact_address.unwrap_or_default(),
            };
            Ok(Parcel { shipper, tracking_number, contact })
        });
        Ok(Self {
            id: DeliveryId(row.id),
            booking_id: BookingId(row.booking_id),
            customer_id: CustomerId::new(&row.customer_id),
            showing_id: ShowingId(row.showing_id),
            payment_id: PaymentId(row.payment_id),
            method: row.method.into(),
            state: row.state.into(),
            tickets: Vec::new(),
            parcel: parcel.transpose()?,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version.unsigned_abs(),
            traceparent: row.traceparent,
        })
    }
}

impl From<&Delivery> for Model {
    fn from(delivery: &Delivery) -> Self {
        let parcel = delivery.parcel.clone();
        let contact = parcel.as_ref().map(|it| it.contact.clone());
        Self {
            id: delivery.id.0,
            booking_id: delivery.booking_id.0,
            customer_id: delivery.customer_id.as_str().to_owned(),
            showing_id: delivery.showing_id.0,
            payment_id: delivery.payment_id.0,
            method: delivery.method.into(),
            state: delivery.state.into(),
            shipper: parcel.as_ref().map(|it| it.shipper.clone()),
            tracking_number: parcel.map(|it| it.tracking_number),
            contact_name: contact.as_ref().map(|it| it.name.clone()),
            contact_phone: contact.as_ref().map(|it| it.phone.clone()),
            contact_address: contact.map(|it| it.address),
            attempts: delivery.attempts.into(),
            next_attempt_at: delivery.next_attempt_at,
            version: delivery.version.cast_signed(),
            created_at: delivery.created_at,
            updated_at: delivery.updated_at,
            traceparent: delivery.traceparent.clone(),
        }
    }
}

impl From<MethodColumn> for Method {
    fn from(method: MethodColumn) -> Self {
        match method {
            MethodColumn::ETicket => Self::ETicket,
            MethodColumn::Post => Self::Post,
        }
    }
}

impl From<Method> for MethodColumn {
    fn from(method: Method) -> Self {
        match method {
            Method::ETicket => Self::ETicket,
            Method::Post => Self::Post,
        }
    }
}

impl From<StateColumn> for State {
    fn from(state: StateColumn) -> Self {
        match state {
            StateColumn::Started => Self::Started,
            StateColumn::Completed => Self::Completed,
            StateColumn::Cancelled => Self::Cancelled,
        }
    }
}

impl From<State> for StateColumn {
    fn from(state: State) -> Self {
        match state {
            State::Started => Self::Started,
            State::Completed => Self::Completed,
            State::Cancelled => Self::Cancelled,
        }
    }
}
