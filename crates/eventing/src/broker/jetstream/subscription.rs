//! A durable pull consumer, read ahead of its reader.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, AckKind};
use async_trait::async_trait;
use boxoffice_kernel::Context;
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};

use super::JetStream;
use crate::broker::{Broker as _, Delivery, Error, Outcome, Receipt, Subscription};
use crate::message::{Headers, Message};

/// Events asked for at a time.
const AHEAD: usize = 256;
/// How long the server keeps a request for them.
const EXPIRES: Duration = Duration::from_secs(30);
/// How often the server says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long the server takes to hear that we have gone.
const LEAVE: Duration = Duration::from_millis(50);
/// How often a reader without events makes sure that its cursor is where its stream is.
const CHECK: Duration = Duration::from_secs(10);

/// One replica's share of a durable.
pub(super) struct Pull {
    broker: JetStream,
    source: Context,
    durable: String,
    consumer: PullConsumer,
    /// `None` once it is closed.
    messages: Option<pull::Stream>,
}

// === impl Pull ===

impl Pull {
    pub(super) async fn open(
        broker: &JetStream,
        source: Context,
        durable: &str,
    ) -> Result<Self, Error> {
        let consumer = broker.consumer(source, durable).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(AHEAD)
            .expires(EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .map_err(Error::failed("open a cursor"))?;
        let (broker, durable) = (broker.clone(), durable.to_owned());
        Ok(Self { broker, source, durable, consumer, messages: Some(messages) })
    }

    /// A stream that was set back to an older copy leaves its cursors ahead or missing.
    async fn check(&self) -> Result<(), Error> {
        let end = self.broker.last_sequence(self.source).await?;
        let info = self.consumer.get_info().await.map_err(Error::failed("find a cursor"))?;
        if info.delivered.stream_sequence > end {
            return Err(Error::Moved { after: info.delivered.stream_sequence });
        }
        Ok(())
    }

    async fn acknowledge(&self, receipt: Receipt, kind: AckKind) -> Result<(), Error> {
        let sent = self.broker.client.publish(receipt.0, kind.into()).await;
        sent.map_err(Error::failed("take an acknowledgement"))
    }
}

#[async_trait]
impl Subscription for Pull {
    async fn fetch(&mut self, max: usize) -> Result<Vec<Delivery>, Error> {
        let first = loop {
            let messages = self.messages.as_mut().ok_or(Error::Disconnected)?;
            tokio::select! {
                next = messages.next() => break next,
                () = tokio::time::sleep(CHECK) => self.check().await?,
            }
        };
        let mut next = first.ok_or(Error::Disconnected)?;
        let messages = self.messages.as_mut().ok_or(Error::Disconnected)?;
        let mut deliveries = Vec::new();
        loop {
            let message = next.map_err(Error::failed("deliver events"))?;
            deliveries.push(delivery(self.source, message)?);
            if deliveries.len() >= max {
                return Ok(deliveries);
            }
            next = match messages.next().now_or_never() {
                Some(Some(Ok(more))) => Ok(more),
                // What was taken is handed out; an error comes up again at the next fetch.
                _ => return Ok(deliveries),
            };
        }
    }

    async fn settle(&mut self, settled: Vec<(Receipt, Outcome)>) -> Result<(), Error> {
        self.broker.connected()?;
        for (receipt, outcome) in settled {
            let kind = match outcome {
                Outcome::Done => AckKind::Ack,
                Outcome::Again(delay) => AckKind::Nak(Some(delay)),
            };
            self.acknowledge(receipt, kind).await?;
        }
        Ok(())
    }

    async fn lag(&self) -> Result<u64, Error> {
        self.broker.lag(self.source, &self.durable).await
    }

    async fn close(&mut self) {
        let Some(mut messages) = self.messages.take() else { return };
        let mut ahead = Vec::new();
        while ahead.len() < AHEAD
            && let Some(Some(Ok(message))) = messages.next().now_or_never()
        {
            ahead.extend(delivery(self.source, message));
        }
        // As long as our request stands, the server would send us again what we give back.
        drop(messages);
        tokio::time::sleep(LEAVE).await;
        if self.broker.connected().is_err() {
            return;
        }
        for delivery in ahead {
            let _ = self.acknowledge(delivery.receipt, AckKind::Nak(None)).await;
        }
        let _ = self.broker.client.flush().await;
    }
}

impl fmt::Debug for Pull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pull").field(&self.durable).finish()
    }
}

fn delivery(source: Context, message: jetstream::Message) -> Result<Delivery, Error> {
    let info = message.info().map_err(Error::failed("deliver events"))?;
    let (sequence, attempt) = (info.stream_sequence, info.delivered.max(1).cast_unsigned());
    let async_nats::Message { reply, headers, payload, .. } = message.message;
    let receipt = Receipt(reply.map(|it| it.to_string()).unwrap_or_default());
    Ok(Delivery { message: decode(source, headers, payload), sequence, attempt, receipt })
}

pub(super) fn decode(
    source: Context,
    headers: Option<async_nats::HeaderMap>,
    payload: Bytes,
) -> Result<Message, crate::message::Undecodable> {
    let mut list = Headers::new();
    for (name, values) in headers.iter().flat_map(async_nats::HeaderMap::iter) {
        list.extend(values.iter().map(|value| (name.to_string(), value.to_string())));
    }
    list.sort_unstable();
    Message::from_parts(source, list, payload)
}
