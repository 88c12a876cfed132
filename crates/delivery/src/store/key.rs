//! The table `ticket_keys`: the issuer's key, made once and shared by all replicas.

use std::fmt;
use std::sync::{Arc, OnceLock};

use boxoffice_kernel::Time;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseTransaction, IntoActiveModel, QueryOrder, QuerySelect};

use crate::issuer::{Issuer, PublicKey};

/// The generation of the first key. Two replicas that make it at once meet on the primary key.
const FIRST: i32 = 1;

/// A row of `ticket_keys`.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) generation: i32,
    pub(crate) key_id: String,
    pub(crate) jwk: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) created_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The key, once it was seen committed: it does not change.
#[derive(Debug, Default)]
pub(crate) struct Keys(OnceLock<Arc<Issuer>>);

/// The key a transaction signs with.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) issuer: Arc<Issuer>,
    /// Whether it is there only if this transaction is.
    pub(super) is_new: bool,
}

// === impl Keys ===

impl Keys {
    /// The newest key; a new one if there is none.
    pub(super) async fn load(&self, tx: &DatabaseTransaction) -> Result<Key, DbErr> {
        if let Some(issuer) = self.0.get() {
            return Ok(Key { issuer: Arc::clone(issuer), is_new: false });
        }
        let row = Entity::find().order_by_desc(Column::Generation).one(tx).await?;
        let unusable = |error| DbErr::Type(format!("ticket_keys: {error}"));
        let Some(row) = row else {
            let issuer = Arc::new(Issuer::generate().map_err(unusable)?);
            return Ok(Key { issuer, is_new: true });
        };
        let issuer = Arc::new(Issuer::new(row.secret.into()).map_err(unusable)?);
        Ok(Key { issuer: Arc::clone(self.0.get_or_init(|| issuer)), is_new: false })
    }
}

/// What a door needs to know of the keys, the newest first. Their secrets stay where they are.
pub(crate) async fn public(db: &impl ConnectionTrait) -> Result<Vec<PublicKey>, DbErr> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::KeyId, Column::Jwk])
        .order_by_desc(Column::Generation)
        .into_tuple::<(String, String)>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(key_id, jwk)| PublicKey { key_id, jwk }).collect())
}

/// The first key. If another replica made it first this fails, and each command runs alone on that one.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    issuer: &Issuer,
    now: Time,
) -> Result<(), DbErr> {
    let PublicKey { key_id, jwk } = issuer.public().clone();
    let secret = issuer.expose_secret().to_vec();
    let row = Model { generation: FIRST, key_id, jwk, secret, created_at: now };
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

// === impl Model ===

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
