//! The table `events`: every stream, kept for ever.

use boxoffice_kernel::Context;
use sea_orm::entity::prelude::*;

use crate::message::Message;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub context: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub id: Uuid,
    pub name: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub occurred_at: DateTimeUtc,
    pub traceparent: Option<String>,
    pub payload: Vec<u8>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

// === impl Model ===

impl Model {
    pub(crate) fn new(context: Context, sequence: u64, message: &Message) -> Self {
        Self {
            context: context.to_string(),
            sequence: sequence.cast_signed(),
            id: message.id,
            name: message.name.clone(),
            aggregate_id: message.aggregate_id,
            version: message.sequence.cast_signed(),
            correlation_id: message.correlation_id,
            causation_id: message.causation_id,
            occurred_at: message.time,
            traceparent: message.traceparent.clone(),
            payload: message.payload.to_vec(),
        }
    }

    pub(crate) fn into_message(self, context: Context) -> Message {
        Message {
            id: self.id,
            name: self.name,
            context,
            aggregate_id: self.aggregate_id,
            sequence: self.version.cast_unsigned(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            time: self.occurred_at,
            traceparent: self.traceparent,
            payload: self.payload.into(),
        }
    }
}
