//! What `boxoffice audit` reads of streaming: plain rows, no rules.

use boxoffice_kernel::{BookingId, CustomerId, LicenseId, TitleId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Select,
};

use crate::domain::{Entry, License, State};
use crate::store::license::{Column, Entity};

/// A licence, as far as an audit goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseRow {
    /// Which.
    pub license_id: LicenseId,
    /// The booking that bought it.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What.
    pub title_id: TitleId,
    /// Whether it may be watched; else it was revoked.
    pub live: bool,
    /// Whether it was watched.
    pub watched: bool,
}

/// Every licence, in the order of its id. Marks are left out.
pub async fn licenses(db: &impl ConnectionTrait) -> Result<Vec<LicenseRow>, DbErr> {
    read(db, Entity::find()).await
}

/// The licence of one booking, if it has one.
pub async fn license(
    db: &impl ConnectionTrait,
    id: BookingId,
) -> Result<Option<LicenseRow>, DbErr> {
    let mut licenses = read(db, Entity::find().filter(Column::BookingId.eq(id.0))).await?;
    Ok(licenses.pop())
}

async fn read(db: &impl ConnectionTrait, query: Select<Entity>) -> Result<Vec<LicenseRow>, DbErr> {
    let rows = query.order_by_asc(Column::Id).all(db).await?;
    let mut licenses = Vec::with_capacity(rows.len());
    for row in rows {
        match row.try_into()? {
            Entry::License(license) => licenses.push(license.into()),
            Entry::Mark(_) => {}
        }
    }
    Ok(licenses)
}

// === impl LicenseRow ===

impl From<License> for LicenseRow {
    fn from(license: License) -> Self {
        Self {
            license_id: license.id,
            booking_id: license.booking_id,
            customer_id: license.customer_id,
            title_id: license.title_id,
            live: match license.state {
                State::Granted | State::Watched => true,
                State::Revoked => false,
            },
            watched: license.watched_at.is_some(),
        }
    }
}
