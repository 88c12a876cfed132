//! What `boxoffice audit` reads of catalog: ratings as they are shown (design §9, invariant 5).

use std::collections::BTreeMap;

use boxoffice_kernel::TitleId;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, QuerySelect as _};
use uuid::Uuid;

use crate::domain::Rating;
use crate::store::title::{Column, Entity};

/// The rating of every title.
pub async fn ratings(db: &impl ConnectionTrait) -> Result<BTreeMap<TitleId, Rating>, DbErr> {
    let columns = [Column::Id, Column::RatingStars, Column::RatingCount, Column::RatingVersion];
    let rows = Entity::find().select_only().columns(columns);
    let rows = rows.into_tuple::<(Uuid, i64, i64, i64)>().all(db).await?;
    let read = |(id, stars, count, version): (Uuid, i64, i64, i64)| {
        let (stars_total, count) = (stars.unsigned_abs(), count.unsigned_abs());
        (TitleId(id), Rating { stars_total, count, version: version.unsigned_abs() })
    };
    Ok(rows.into_iter().map(read).collect())
}
