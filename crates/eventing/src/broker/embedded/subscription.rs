//! A reader of the log. All readers of one durable share its cursor.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_kernel::Context;
use sea_orm::DbErr;

use super::{EventLog, rows};
use crate::broker::embedded::cursor::Cursor;
use crate::broker::{Broker as _, Delivery, Error, Outcome, Receipt, Subscription};

/// One of a durable's readers.
#[derive(Debug)]
pub(super) struct Reader {
    log: EventLog,
    source: Context,
    cursor: Arc<Cursor>,
}

// === impl Reader ===

impl Reader {
    pub(super) fn new(log: &EventLog, source: Context, cursor: Arc<Cursor>) -> Self {
        Self { log: log.clone(), source, cursor }
    }

    /// What is there now. The state changes only after the last await, so it may be dropped.
    async fn take(&self, max: usize, end: u64) -> Result<Vec<Delivery>, DbErr> {
        let log = &self.log.0;
        let mut state = self.cursor.state.lock().await;
        let mut events =
            rows::at(&log.reader, self.source, state.due(max, log.clock.now())).await?;
        let room = max - events.len();
        if room > 0 && end > state.delivered() {
            events.extend(rows::after(&log.reader, self.source, state.delivered(), room).await?);
        }
        let deliveries = events.into_iter().map(|row| {
            let sequence = row.sequence.cast_unsigned();
            Delivery {
                sequence,
                attempt: state.take(sequence, log.patience),
                receipt: Receipt(sequence.to_string()),
                message: Ok(row.into_message(self.source)),
            }
        });
        Ok(deliveries.collect())
    }
}

#[async_trait]
impl Subscription for Reader {
    async fn fetch(&mut self, max: usize) -> Result<Vec<Delivery>, Error> {
        let log = &self.log.0;
        let ends = self.log.ends(self.source).await.map_err(Error::failed("read a stream"))?;
        let mut ends = ends.subscribe();
        loop {
            let changed = self.cursor.changed.notified();
            let end = *ends.borrow_and_update();
            let taken = self.take(max, end).await.map_err(Error::failed("deliver events"))?;
            if !taken.is_empty() {
                return Ok(taken);
            }
            let due = self.cursor.state.lock().await.until_due(log.clock.now());
            let due = async {
                match due {
                    Some(due) => tokio::time::sleep(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = changed => {}
                _ = ends.changed() => {}
                () = due => {}
            }
        }
    }

    async fn settle(&mut self, settled: Vec<(Receipt, Outcome)>) -> Result<(), Error> {
        let settled: Vec<(u64, Outcome)> = settled
            .into_iter()
            .filter_map(|(receipt, outcome)| Some((receipt.0.parse().ok()?, outcome)))
            .collect();
        let log = &self.log.0;
        let saved = self.cursor.settle(&log.writer, &settled, log.clock.now()).await;
        saved.map_err(Error::failed("take an acknowledgement"))
    }

    async fn lag(&self) -> Result<u64, Error> {
        let end = self.log.last_sequence(self.source).await?;
        Ok(self.cursor.state.lock().await.lag(end))
    }

    /// Nothing is taken ahead here.
    async fn close(&mut self) {}
}
