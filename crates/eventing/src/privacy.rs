//! Takes a person out of what a context has still to say, and out of what it put aside.

use bytes::Bytes;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::{dead_letters, outbox};

/// Rows read at a time.
const PAGE: u64 = 500;

/// What an event has to do with the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// Nothing.
    None,
    /// It is theirs; without them its payload is this.
    Theirs(Bytes),
    /// It names them, and is nothing that we can read.
    Unreadable,
}

/// Looks at an event's full name and payload.
pub type Look<'a> = &'a (dyn Fn(&str, &[u8]) -> Mention + Send + Sync);

/// Changes every event in the outbox and among the dead letters that `look` finds theirs, and deletes dead letters that name them and
/// cannot be read: nobody ever could. Says how many there were.
pub async fn erase(db: &DatabaseConnection, look: Look<'_>) -> Result<u64, DbErr> {
    Ok(outbox(db, look).await? + letters(db, look).await?)
}

/// Rows are never changed once they are there, only marked and deleted, so each is taken by itself.
async fn outbox(db: &DatabaseConnection, look: Look<'_>) -> Result<u64, DbErr> {
    use outbox::row::{Column, Entity};
    let (mut changed, mut last) = (0, 0);
    loop {
        let page = Entity::find().filter(Column::Seq.gt(last)).order_by_asc(Column::Seq);
        let rows = page.limit(PAGE).all(db).await?;
        let Some(end) = rows.last() else { return Ok(changed) };
        last = end.seq;
        for row in &rows {
            match look(&row.name, &row.payload) {
                Mention::None => {}
                Mention::Theirs(payload) => {
                    let this = Entity::update_many().filter(Column::Seq.eq(row.seq));
                    let payload = Expr::value(payload.to_vec());
                    changed +=
                        this.col_expr(Column::Payload, payload).exec(db).await?.rows_affected;
                }
                Mention::Unreadable => {
                    let unknown = format!("the contract of {} is not known here", row.name);
                    return Err(DbErr::Custom(unknown));
                }
            }
        }
    }
}

async fn letters(db: &DatabaseConnection, look: Look<'_>) -> Result<u64, DbErr> {
    use dead_letters::row::{Column, Entity};
    let mut changed = 0;
    for letter in Entity::find().all(db).await? {
        let mention = match &letter.name {
            Some(name) => look(name, &letter.payload),
            None => look("", &[letter.headers.as_bytes(), &letter.payload].concat()),
        };
        let this = Column::Id.eq(letter.id);
        changed += match mention {
            Mention::None => 0,
            Mention::Theirs(payload) => {
                let change = Entity::update_many().filter(this);
                let payload = Expr::value(payload.to_vec());
                change.col_expr(Column::Payload, payload).exec(db).await?.rows_affected
            }
            Mention::Unreadable => Entity::delete_many().filter(this).exec(db).await?.rows_affected,
        };
    }
    Ok(changed)
}
