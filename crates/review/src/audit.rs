//! What `boxoffice audit` reads: the rating of every title, and what its published reviews come to
//! (design §9, invariant 5). Only reads.

use std::collections::BTreeMap;

use boxoffice_kernel::{ReviewId, TitleId};
use sea_orm::{
    AccessMode, ColumnTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, IsolationLevel,
    QueryFilter, QuerySelect, TransactionTrait,
};
use uuid::Uuid;

use crate::domain::Rating;
use crate::store::rating;
use crate::store::review::{Column, Entity, StateColumn};

/// Everything review knows about ratings, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ratings {
    /// As kept, by title.
    pub kept: BTreeMap<TitleId, Rating>,
    /// As implied by the published reviews: sum of the stars, and how many.
    pub implied: BTreeMap<TitleId, (u64, u64)>,
    /// Reviews that booking has not been heard about yet; the worker is at them.
    pub pending: Vec<ReviewId>,
}

/// A rating that its reviews do not come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rating of title {title_id} is not what its {count} published reviews come to")]
pub struct Mismatch {
    /// Whose.
    pub title_id: TitleId,
    /// How many there are.
    pub count: u64,
}

// === impl Ratings ===

impl Ratings {
    /// Reads everything, in one transaction.
    pub async fn read(db: &DatabaseConnection) -> Result<Self, DbErr> {
        let tx = if db.get_database_backend() == DbBackend::Sqlite {
            db.begin().await? // it reads a snapshot anyway, and knows no levels
        } else {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            db.begin_with_config(Some(level), Some(mode)).await?
        };
        let kept = rating::Entity::find().all(&tx).await?;
        // By stars, because databases do not agree on what a sum is.
        let counts = Entity::find()
            .select_only()
            .columns([Column::TitleId, Column::Stars])
            .column_as(Column::Id.count(), "count")
            .filter(Column::State.eq(StateColumn::Published))
            .group_by(Column::TitleId)
            .group_by(Column::Stars)
            .into_tuple::<(Uuid, i32, i64)>()
            .all(&tx)
            .await?;
        let pending = Entity::find().select_only().column(Column::Id);
        let pending = pending.filter(Column::State.eq(StateColumn::Pending));
        let pending = pending.into_tuple::<Uuid>().all(&tx).await?;
        tx.commit().await?;
        let mut implied: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for (title_id, stars, count) in counts {
            let (sum, total) = implied.entry(TitleId(title_id)).or_default();
            *sum += u64::from(stars.unsigned_abs()) * count.unsigned_abs();
            *total += count.unsigned_abs();
        }
        Ok(Self {
            kept: kept.into_iter().map(|row| (TitleId(row.title_id), row.into())).collect(),
            implied,
            pending: pending.into_iter().map(ReviewId).collect(),
        })
    }

    /// Ratings that their reviews do not come to.
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let titles =
            self.kept.keys().chain(self.implied.keys().filter(|it| !self.kept.contains_key(it)));
        let differs = titles.filter_map(|&title_id| {
            let kept = self.kept.get(&title_id).copied().unwrap_or_default();
            let implied = self.implied.get(&title_id).copied().unwrap_or_default();
            let differs = (kept.stars_total, kept.count) != implied;
            differs.then_some(Mismatch { title_id, count: implied.1 })
        });
        differs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_that_their_reviews_do_not_come_to_are_told() {
        let title = |n| TitleId(Uuid::from_u128(n));
        let rating = |stars_total, count| Rating { stars_total, count, version: 9 };
        let ratings = Ratings {
            kept: [(title(1), rating(9, 2)), (title(2), rating(8, 2)), (title(3), rating(0, 0))]
                .into(),
            implied: [(title(1), (9, 2)), (title(2), (9, 2)), (title(4), (1, 1))].into(),
            pending: Vec::new(),
        };
        let found: Vec<_> = ratings.mismatches().iter().map(|it| it.title_id).collect();
        assert_eq!(found, [title(2), title(4)]);
    }
}
