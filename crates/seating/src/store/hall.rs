//! Table `halls`.

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::layout::Loaded;
use super::rows::Changes;
use crate::domain::{Hall, HallId, LayoutId};

pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "halls")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub layout_id: Uuid,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model};

pub(super) async fn lock(
    tx: &DatabaseTransaction,
    ids: &BTreeSet<HallId>,
) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::Id.is_in(ids.iter().map(HallId::as_str)))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
}

/// One hall's row, not locked.
pub(crate) async fn find(db: &impl ConnectionTrait, id: &HallId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id.as_str()).one(db).await
}

pub(super) fn read(rows: Vec<Model>, layouts: &Loaded) -> Result<Vec<Hall>, DbErr> {
    rows.into_iter().map(|row| row.with(layouts)).collect()
}

pub(super) async fn save(
    tx: &DatabaseTransaction,
    changes: Changes<(HallId, Hall)>,
) -> Result<(), DbErr> {
    let update =
        OnConflict::column(Column::Id).update_columns([Column::Name, Column::LayoutId]).to_owned();
    changes.save::<Entity>(tx, |(_, hall)| Model::from(hall), update).await
}

// === row to domain and back ===

impl Model {
    pub(crate) fn with(self, layouts: &Loaded) -> Result<Hall, DbErr> {
        let layout = layout_of(self.layout_id, layouts)?;
        let id = HallId::new(&self.id).map_err(|flaw| DbErr::Type(flaw.to_string()))?;
        Ok(Hall { id, name: self.name, layout })
    }
}

impl From<Hall> for Model {
    fn from(hall: Hall) -> Self {
        Self { id: hall.id.as_str().to_owned(), name: hall.name, layout_id: hall.layout.id().0 }
    }
}

pub(super) fn layout_of(id: Uuid, layouts: &Loaded) -> Result<Arc<crate::domain::Layout>, DbErr> {
    let layout = layouts.get(&LayoutId(id)).map(Arc::clone);
    layout.ok_or_else(|| DbErr::RecordNotFound(format!("layout {id}")))
}
