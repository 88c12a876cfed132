//! How far a durable has come. What is settled is in the file; what is in hand only in memory, so
//! that a restart delivers it again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use boxoffice_kernel::{Context, Time};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use super::rows;
use crate::broker::Outcome;
use crate::database;

/// Shared by all subscriptions to one durable.
#[derive(Debug)]
pub(super) struct Cursor {
    durable: String,
    source: Context,
    pub(super) state: Mutex<State>,
    /// Told when something may have become due.
    pub(super) changed: Notify,
}

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Everything up to here is settled, or among the retries.
    position: u64,
    /// The same, beyond gaps.
    settled: BTreeSet<u64>,
    /// What is to come again.
    retries: BTreeMap<u64, Retry>,
    /// Everything up to here was delivered at least once.
    delivered: u64,
    /// Delivered and not settled; when patience ends, and which attempt it is.
    in_hand: BTreeMap<u64, Hand>,
}

#[derive(Clone, Copy, Debug)]
struct Retry {
    attempts: u64,
    due_at: Time,
}

#[derive(Clone, Copy, Debug)]
struct Hand {
    attempt: u64,
    until: Instant,
}

// === impl Cursor ===

impl Cursor {
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        source: Context,
        durable: &str,
    ) -> Result<Self, DbErr> {
        let position = position(db, source, durable).await?;
        let retries = rows::retry::Entity::find()
            .filter(rows::retry::Column::Durable.eq(durable))
            .filter(rows::retry::Column::Context.eq(source.as_str()))
            .all(db)
            .await?;
        let retries = retries.into_iter().map(|row| {
            let retry = Retry { attempts: row.attempts.cast_unsigned(), due_at: row.due_at };
            (row.sequence.cast_unsigned(), retry)
        });
        let state =
            State { position, delivered: position, retries: retries.collect(), ..State::default() };
        Ok(Self {
            durable: durable.to_owned(),
            source,
            state: Mutex::new(state),
            changed: Notify::new(),
        })
    }

    /// Saves what became of deliveries, then takes it as read.
    pub(super) async fn settle(
        &self,
        db: &DatabaseConnection,
        settled: &[(u64, Outcome)],
        now: Time,
    ) -> Result<(), DbErr> {
        let mut state = self.state.lock().await;
        let mut next = state.clone();
        for (sequence, outcome) in settled {
            next.settle(*sequence, *outcome, now);
        }
        self.save(db, &state, &next).await?;
        *state = next;
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    async fn save(&self, db: &DatabaseConnection, old: &State, new: &State) -> Result<(), DbErr> {
        let gone: Vec<i64> = old
            .retries
            .keys()
            .filter(|it| !new.retries.contains_key(it))
            .map(|it| it.cast_signed())
            .collect();
        let again: Vec<_> = new
            .retries
            .iter()
            .filter(|(it, retry)| {
                old.retries.get(it).is_none_or(|old| old.attempts != retry.attempts)
            })
            .map(|(it, retry)| self.row(*it, *retry).into_active_model())
            .collect();
        if gone.is_empty() && again.is_empty() && old.position == new.position {
            return Ok(());
        }
        let tx = database::begin(db).await?;
        if !gone.is_empty() {
            rows::retry::Entity::delete_many()
                .filter(rows::retry::Column::Durable.eq(&self.durable))
                .filter(rows::retry::Column::Context.eq(self.source.as_str()))
                .filter(rows::retry::Column::Sequence.is_in(gone))
                .exec(&tx)
                .await?;
        }
        if !again.is_empty() {
            use rows::retry::Column::{Attempts, Context, DueAt, Durable, Sequence};
            let update = OnConflict::columns([Durable, Context, Sequence])
                .update_columns([Attempts, DueAt])
                .to_owned();
            rows::retry::Entity::insert_many(again)
                .on_conflict(update)
                .exec_without_returning(&tx)
                .await?;
        }
        self.save_position(&tx, new.position).await?;
        tx.commit().await
    }

    async fn save_position(&self, tx: &impl ConnectionTrait, position: u64) -> Result<(), DbErr> {
        use rows::cursor::Column::{Context, Durable, Position};
        let row = rows::cursor::Model {
            durable: self.durable.clone(),
            context: self.source.to_string(),
            position: position.cast_signed(),
        };
        let update = OnConflict::columns([Durable, Context]).update_column(Position).to_owned();
        rows::cursor::Entity::insert(row.into_active_model())
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
        Ok(())
    }

    fn row(&self, sequence: u64, retry: Retry) -> rows::retry::Model {
        rows::retry::Model {
            durable: self.durable.clone(),
            context: self.source.to_string(),
            sequence: sequence.cast_signed(),
            attempts: retry.attempts.cast_signed(),
            due_at: retry.due_at,
        }
    }
}

// === impl State ===

impl State {
    pub(super) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// How many of the first `end` events are not settled.
    pub(super) fn lag(&self, end: u64) -> u64 {
        let settled = self.position + self.settled.len() as u64;
        end.saturating_sub(settled) + self.retries.len() as u64
    }

    /// What is to be delivered again now, `max` at most.
    pub(super) fn due(&self, max: usize, now: Time) -> Vec<u64> {
        let retries = self
            .retries
            .iter()
            .filter(|(it, retry)| retry.due_at <= now && !self.in_hand.contains_key(it));
        let late = self.in_hand.iter().filter(|(_, hand)| hand.until <= Instant::now());
        let mut due: Vec<u64> = retries.map(|(it, _)| *it).chain(late.map(|(it, _)| *it)).collect();
        due.sort_unstable();
        due.truncate(max);
        due
    }

    /// How long until something is due, if anything waits for its time.
    pub(super) fn until_due(&self, now: Time) -> Option<Duration> {
        let retries = self
            .retries
            .iter()
            .filter(|(it, _)| !self.in_hand.contains_key(it))
            .map(|(_, retry)| (retry.due_at - now).to_std().unwrap_or_default());
        let now = Instant::now();
        let late = self.in_hand.values().map(|hand| hand.until.saturating_duration_since(now));
        retries.chain(late).min()
    }

    /// Takes an event in hand, and says which attempt it is.
    pub(super) fn take(&mut self, sequence: u64, patience: Duration) -> u64 {
        let before = self.in_hand.get(&sequence).map(|hand| hand.attempt);
        let before = before.max(self.retries.get(&sequence).map(|retry| retry.attempts));
        let attempt = before.unwrap_or_default() + 1;
        self.in_hand.insert(sequence, Hand { attempt, until: Instant::now() + patience });
        self.delivered = self.delivered.max(sequence);
        attempt
    }

    /// What became of a delivery.
    pub(super) fn settle(&mut self, sequence: u64, outcome: Outcome, now: Time) {
        let hand = self.in_hand.remove(&sequence);
        let fresh = sequence > self.position && !self.settled.contains(&sequence);
        let waits = self.retries.contains_key(&sequence);
        if !fresh && !waits {
            return; // settled before, by the delivery before
        }
        match outcome {
            Outcome::Done => {
                self.retries.remove(&sequence);
            }
            Outcome::Again(delay) => {
                let attempts = hand.map_or(1, |hand| hand.attempt);
                let due_at = now + delay;
                self.retries.insert(sequence, Retry { attempts, due_at });
            }
        }
        if fresh {
            self.settled.insert(sequence);
        }
        while self.settled.remove(&(self.position + 1)) {
            self.position += 1;
        }
    }
}

/// As [`State::lag`], from the file alone: what is settled beyond a gap counts as unsettled.
///
/// The position comes first: an event that moves to the retries meanwhile counts twice, not never.
pub(super) async fn lag(
    db: &impl ConnectionTrait,
    source: Context,
    durable: &str,
) -> Result<u64, DbErr> {
    let position = position(db, source, durable).await?;
    let retries = rows::retry::Entity::find()
        .filter(rows::retry::Column::Durable.eq(durable))
        .filter(rows::retry::Column::Context.eq(source.as_str()))
        .count(db)
        .await?;
    Ok(rows::end(db, source).await?.saturating_sub(position) + retries)
}

/// Drops the cursors beyond `end`, and names them.
pub(super) async fn drop_ahead(
    db: &DatabaseConnection,
    source: Context,
    end: u64,
) -> Result<Vec<String>, DbErr> {
    let ahead: Vec<String> = rows::cursor::Entity::find()
        .filter(rows::cursor::Column::Context.eq(source.as_str()))
        .filter(rows::cursor::Column::Position.gt(end.cast_signed()))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.durable)
        .collect();
    if ahead.is_empty() {
        return Ok(ahead);
    }
    let tx = database::begin(db).await?;
    rows::cursor::Entity::delete_many()
        .filter(rows::cursor::Column::Context.eq(source.as_str()))
        .filter(rows::cursor::Column::Durable.is_in(ahead.iter()))
        .exec(&tx)
        .await?;
    rows::retry::Entity::delete_many()
        .filter(rows::retry::Column::Context.eq(source.as_str()))
        .filter(rows::retry::Column::Durable.is_in(ahead.iter()))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(ahead)
}

async fn position(db: &impl ConnectionTrait, source: Context, durable: &str) -> Result<u64, DbErr> {
    let row = rows::cursor::Entity::find()
        .filter(rows::cursor::Column::Durable.eq(durable))
        .filter(rows::cursor::Column::Context.eq(source.as_str()))
        .one(db)
        .await?;
    Ok(row.map_or(0, |row| row.position.cast_unsigned()))
}
