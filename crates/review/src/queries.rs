//! Reads, from review's own store (FR-61, FR-71).

use boxoffice_contracts::page::Page;
use boxoffice_kernel::{CustomerId, ReviewId, Time, TitleId};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::Error;
use crate::domain::{Rating, Review};
use crate::store::rating;
use crate::store::review::{Column, Entity, StateColumn};

/// Where a page begins: after the review written then, with this id.
pub(crate) type Cursor = (Time, Uuid);

/// Which reviews are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// Of what.
    pub(crate) title_id: TitleId,
    /// How many, and from where on.
    pub(crate) page: Page<Cursor>,
}

/// One page of reviews, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reviews {
    /// Newest first.
    pub(crate) reviews: Vec<Review>,
    /// For [`Page::after`].
    pub(crate) next: Option<Cursor>,
}

/// One review: published, or the viewer's own in any state.
pub(crate) async fn get(
    db: &DatabaseConnection,
    viewer: Option<&CustomerId>,
    id: ReviewId,
) -> Result<Review, Error> {
    let mut seen = Condition::any().add(Column::State.eq(StateColumn::Published));
    if let Some(viewer) = viewer {
        seen = seen.add(Column::CustomerId.eq(viewer.as_str()));
    }
    let row = Entity::find_by_id(id.0).filter(seen).one(db).await?;
    Ok(row.ok_or(Error::NotFound(id))?.try_into()?)
}

/// The title that a review of one's own is of.
pub(crate) async fn title_of(
    db: &DatabaseConnection,
    author: &CustomerId,
    id: ReviewId,
) -> Result<TitleId, Error> {
    let own = Entity::find_by_id(id.0).filter(Column::CustomerId.eq(author.as_str()));
    let title = own.select_only().column(Column::TitleId).into_tuple::<Uuid>().one(db).await?;
    title.map(TitleId).ok_or(Error::NotFound(id))
}

/// The published reviews of a title, newest first.
pub(crate) async fn list(
    db: &DatabaseConnection,
    List { title_id, page }: &List,
) -> Result<Reviews, Error> {
    let mut cursor = Entity::find()
        .filter(Column::TitleId.eq(title_id.0))
        .filter(Column::State.eq(StateColumn::Published))
        .cursor_by((Column::CreatedAt, Column::Id));
    cursor.desc();
    if let Some(after) = page.after {
        cursor.after(after);
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let rows = cursor.first(page.size + 1).all(db).await?;
    let mut reviews = rows.into_iter().map(Review::try_from).collect::<Result<Vec<_>, _>>()?;
    let more = reviews.len() as u64 > page.size;
    reviews.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let next = reviews.last().filter(|_| more).map(|it| (it.created_at, it.id.0));
    Ok(Reviews { reviews, next })
}

/// What the published reviews of a title come to; of one that nobody reviewed, nothing.
pub(crate) async fn rating(db: &DatabaseConnection, title_id: TitleId) -> Result<Rating, Error> {
    let row = rating::Entity::find_by_id(title_id.0).one(db).await?;
    Ok(row.map(Rating::from).unwrap_or_default())
}

/// Pending reviews whose next attempt is due, the longest waiting first.
pub(crate) async fn due(
    db: &DatabaseConnection,
    now: Time,
    limit: u32,
) -> Result<Vec<(TitleId, ReviewId)>, Error> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::TitleId, Column::Id])
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(u64::from(limit))
        .into_tuple::<(Uuid, Uuid)>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(title, id)| (TitleId(title), ReviewId(id))).collect())
}
