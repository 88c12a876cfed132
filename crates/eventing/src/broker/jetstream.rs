//! NATS JetStream: one stream per context, one durable pull consumer per listener and source.
//!
//! Only what nats-server 2.9 understands is asked of it. It need not be there when the service
//! starts: nothing is created before it is needed, and everything is asked for again later.

mod address;
mod login;
mod replacing;
mod subscription;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::context::{
    ConsumerInfoError, ConsumerInfoErrorKind, ContextBuilder, GetStreamErrorKind, PublishErrorKind,
};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream as streams;
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, HeaderMap};
use async_trait::async_trait;
use boxoffice_kernel::{Context, Time};
use chrono::DateTime;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};

use super::{Broker, Error, Published, Subscription};
use crate::message::Message;

/// How long any answer of the server may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Within it, an event of the same id is a copy.
const DUPLICATES: Duration = Duration::from_secs(120);
/// When an unsettled event comes again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Unsettled events of one durable, those waiting for another try included.
const UNSETTLED: i64 = 8192;

/// A connection to NATS. Cheap to clone.
#[derive(Clone)]
pub struct JetStream {
    client: Client,
    context: jetstream::Context,
    replicas: usize,
    patience: Duration,
    /// Streams known to be there.
    ready: Arc<Mutex<HashSet<Context>>>,
}

pub use address::BadAddress;
pub use login::NotConnected;

// === impl JetStream ===

impl JetStream {
    /// Uses the servers at `urls`, and goes on looking for them if they are not there. Streams are kept
    /// `replicas` times. `name` is this client's, for the server's operators.
    ///
    /// `nats://user:password@host:4222,…`, or `nats://token@host`, or `tls://…` where nothing else will do; with the
    /// options `tls-ca`, `tls-cert` and `tls-key`, `creds`, `nkey`, each the path of a file.
    ///
    /// # Errors
    /// There is no such address, a file is missing, or the server is there and refuses us.
    pub async fn connect(urls: &str, name: &str, replicas: usize) -> Result<Self, NotConnected> {
        let client = login::connect(urls, name).await?;
        let context = ContextBuilder::new()
            .timeout(TIMEOUT)
            .backpressure_on_inflight(true)
            .build(client.clone());
        Ok(Self { client, context, replicas, patience: PATIENCE, ready: Arc::default() })
    }

    /// What is not settled within `patience` comes again.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn connected(&self) -> Result<(), Error> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err(Error::Disconnected),
        }
    }

    /// Makes sure that the stream is there, once per connection and after each surprise.
    async fn ready(&self, context: Context) -> Result<(), Error> {
        self.connected()?;
        if self.streams(|ready| ready.contains(&context)) {
            return Ok(());
        }
        let ours = self.config(context);
        match self.context.get_stream(context.stream()).await {
            Ok(found) => {
                let found = &found.cached_info().config;
                // What an operator changed otherwise stays as it is.
                if found.subjects != ours.subjects || found.num_replicas != ours.num_replicas {
                    let updated = streams::Config {
                        subjects: ours.subjects,
                        num_replicas: ours.num_replicas,
                        ..found.clone()
                    };
                    let updated = self.context.update_stream(updated).await;
                    updated.map_err(Error::failed("change a stream"))?;
                }
            }
            Err(error) if no_such_stream(&error.kind()) => {
                let created = self.context.create_stream(ours).await;
                created.map_err(Error::failed("create a stream"))?;
            }
            Err(error) => return Err(Error::failed("find a stream")(error)),
        }
        self.streams(|ready| ready.insert(context));
        Ok(())
    }

    fn config(&self, context: Context) -> streams::Config {
        streams::Config {
            name: context.stream(),
            subjects: vec![format!("boxoffice.{context}.v1.>")],
            storage: streams::StorageType::File,
            retention: streams::RetentionPolicy::Limits,
            max_messages: -1,
            max_bytes: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            num_replicas: self.replicas,
            duplicate_window: DUPLICATES,
            ..streams::Config::default()
        }
    }

    /// Something is not as it was: look again before the next use.
    fn doubt(&self, context: Context) {
        self.streams(|ready| ready.remove(&context));
    }

    fn streams<T>(&self, use_it: impl FnOnce(&mut HashSet<Context>) -> T) -> T {
        use_it(&mut self.ready.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn stream(&self, context: Context) -> Result<streams::Stream, Error> {
        self.ready(context).await?;
        let found = self.context.get_stream(context.stream()).await;
        found.map_err(|error| {
            self.doubt(context);
            Error::failed("find a stream")(error)
        })
    }

    /// The durable's consumer, made if it is missing, made anew if it is ahead of its stream.
    async fn consumer(&self, source: Context, durable: &str) -> Result<PullConsumer, Error> {
        let mut stream = self.stream(source).await?;
        let ours = pull::Config {
            durable_name: Some(durable.to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.patience,
            max_deliver: -1,
            max_ack_pending: UNSETTLED,
            ..pull::Config::default()
        };
        match stream.get_consumer::<pull::Config>(durable).await {
            Ok(found) => {
                let delivered = found.cached_info().delivered.stream_sequence;
                // Asked after the cursor, which moves on while we ask.
                let end = stream.info().await.map_err(Error::failed("find a stream's end"))?;
                let end = end.state.last_sequence;
                let theirs = &found.cached_info().config;
                let same = theirs.ack_wait == ours.ack_wait
                    && theirs.max_ack_pending == ours.max_ack_pending;
                if delivered > end {
                    tracing::error!(
                        durable,
                        delivered,
                        end,
                        "cursor ahead of its stream, reading anew"
                    );
                    let deleted = stream.delete_consumer(durable).await;
                    deleted.map_err(Error::failed("drop a cursor"))?;
                } else if same {
                    return Ok(found);
                }
            }
            Err(error) if missing(&error) => {}
            Err(error) => return Err(Error::failed("find a cursor")(error)),
        }
        stream.create_consumer(ours).await.map_err(Error::failed("create a cursor"))
    }
}

#[async_trait]
impl Broker for JetStream {
    fn system(&self) -> &'static str {
        "nats"
    }

    async fn publish(&self, stream: Context, after: u64, messages: &[Message]) -> Published {
        let mut published =
            Published { sequences: Vec::with_capacity(messages.len()), failure: None };
        if let Err(error) = self.ready(stream).await {
            published.failure = Some(error);
            return published;
        }
        // Each right behind the one before it: what follows a lost one is refused, whatever a
        // broken connection does to them on the way.
        let mut acks = Vec::with_capacity(messages.len());
        let mut before: Option<&Message> = None;
        for message in messages {
            let publish = PublishMessage::build()
                .payload(message.payload.clone())
                .headers(headers(message))
                .message_id(message.id.to_string());
            let publish = match before.replace(message) {
                None => publish.expected_last_sequence(after),
                Some(before) => publish.expected_last_message_id(before.id.to_string()),
            };
            match self.context.send_publish(message.name.clone(), publish).await {
                Ok(ack) => acks.push(ack),
                Err(error) => {
                    published.failure = Some(Error::failed("take an event")(error));
                    break;
                }
            }
        }
        for ack in acks {
            match ack.await {
                Ok(ack) => published.sequences.push(ack.sequence),
                Err(error) => {
                    self.doubt(stream);
                    let moved = matches!(
                        error.kind(),
                        PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId
                    );
                    published.failure = Some(match moved {
                        true => Error::Moved { after },
                        false => Error::failed("take an event")(error),
                    });
                    break;
                }
            }
        }
        published
    }

    async fn last_sequence(&self, stream: Context) -> Result<u64, Error> {
        Ok(self.stream(stream).await?.cached_info().state.last_sequence)
    }

    async fn last_time(&self, stream: Context) -> Result<Option<Time>, Error> {
        let stream = self.stream(stream).await?;
        let state = &stream.cached_info().state;
        if state.last_sequence == 0 {
            return Ok(None);
        }
        Ok(DateTime::from_timestamp(state.last_timestamp.unix_timestamp(), 0))
    }

    async fn read(&self, source: Context, sequence: u64) -> Result<Option<Message>, Error> {
        match self.stream(source).await?.get_raw_message(sequence).await {
            Ok(found) => {
                let headers = Some(found.headers);
                Ok(subscription::decode(source, headers, found.payload).ok())
            }
            Err(error) if error.kind() == streams::RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(Error::failed("read a stream")(error)),
        }
    }

    async fn replace(&self, stream: Context, events: &[(u64, Message)]) -> Result<(), Error> {
        replacing::replace(self, stream, events).await
    }

    /// The server has overwritten what it erased.
    async fn scrub(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn rewind(&self, stream: Context) -> Result<(), Error> {
        let stream = self.stream(stream).await?;
        let end = stream.cached_info().state.last_sequence;
        let mut consumers = stream.consumers();
        let mut ahead = Vec::new();
        while let Some(info) = consumers.try_next().await.map_err(Error::failed("list cursors"))? {
            if info.delivered.stream_sequence > end {
                ahead.push(info.name);
            }
        }
        for name in ahead {
            let deleted = stream.delete_consumer(&name).await;
            deleted.map_err(Error::failed("drop a cursor"))?;
        }
        Ok(())
    }

    async fn subscribe(
        &self,
        source: Context,
        durable: &str,
    ) -> Result<Box<dyn Subscription>, Error> {
        let opened = subscription::Pull::open(self, source, durable).await?;
        Ok(Box::new(opened))
    }

    async fn lag(&self, source: Context, durable: &str) -> Result<u64, Error> {
        let stream = self.stream(source).await?;
        match stream.get_consumer::<pull::Config>(durable).await {
            Ok(consumer) => {
                let info = consumer.cached_info();
                // What was stored just now is not yet among the server's pending ones.
                let end = stream.cached_info().state.last_sequence;
                let undelivered = end.saturating_sub(info.delivered.stream_sequence);
                Ok(undelivered.max(info.num_pending) + info.num_ack_pending as u64)
            }
            Err(error) if missing(&error) => Ok(stream.cached_info().state.messages),
            Err(error) => Err(Error::failed("find a cursor")(error)),
        }
    }

    fn is_connected(&self) -> bool {
        self.connected().is_ok()
    }

    async fn nudge(&self, context: Context) {
        if self.is_connected() {
            let _ = self.client.publish(nudge(context), "".into()).await;
        }
    }

    fn nudges(&self, context: Context) -> BoxStream<'static, ()> {
        let client = self.client.clone();
        let subscribed = async move { client.subscribe(nudge(context)).await };
        // Without nudges the relay still polls.
        let nudges = subscribed.map(|it| stream::iter(it.ok()).flatten());
        nudges.flatten_stream().map(drop).boxed()
    }
}

impl fmt::Debug for JetStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStream").field("state", &self.client.connection_state()).finish()
    }
}

fn no_such_stream(error: &GetStreamErrorKind) -> bool {
    matches!(error, GetStreamErrorKind::JetStream(it) if it.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn missing(error: &async_nats::Error) -> bool {
    let error = error.downcast_ref::<ConsumerInfoError>();
    error.is_some_and(|it| it.kind() == ConsumerInfoErrorKind::NotFound)
}

fn nudge(context: Context) -> String {
    format!("boxoffice.relay.{context}")
}

fn headers(message: &Message) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in message.headers() {
        headers.insert(name, value);
    }
    headers
}
