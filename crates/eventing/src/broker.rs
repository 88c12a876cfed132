//! Where events travel: a trait for systems we don't own, and its two real implementations.
//!
//! A broker keeps one stream per context, for ever. Its promises, for both alike, are in
//! `tests/it/contract.rs`.

pub mod embedded;
pub mod jetstream;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_kernel::{Context, Time};
use futures::stream::BoxStream;

use crate::message::{Message, Undecodable};

/// An event broker.
#[async_trait]
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// What traces call it: `nats`.
    fn system(&self) -> &'static str;

    /// Appends `messages` to the stream in order, the first right behind sequence `after`, and
    /// stops at the first that fails. One whose id is in the stream already (for at least two
    /// minutes back) is acknowledged with the sequence it has there, and not stored again.
    async fn publish(&self, stream: Context, after: u64, messages: &[Message]) -> Published;

    /// The sequence of the stream's last event; 0 if there was none.
    async fn last_sequence(&self, stream: Context) -> Result<u64, Error>;

    /// When the stream's last event was stored, or earlier; `None` if there was none.
    async fn last_time(&self, stream: Context) -> Result<Option<Time>, Error>;

    /// The event at this place of the stream, for whoever looks at it; `None`: there is none.
    async fn read(&self, stream: Context, sequence: u64) -> Result<Option<Message>, Error>;

    /// Puts events in place of those at these places, so that nothing of those is left. They keep their ids, so nobody takes one in
    /// again; where a broker cannot change what it has stored, they are at its end, and what was at their places is gone.
    async fn replace(&self, stream: Context, events: &[(u64, Message)]) -> Result<(), Error>;

    /// Leaves nothing of what was replaced in the broker's own files, as far as it can.
    async fn scrub(&self) -> Result<(), Error>;

    /// Drops every cursor that is ahead of the stream, whose tail was lost: those listeners read it
    /// again from its start.
    async fn rewind(&self, stream: Context) -> Result<(), Error>;

    /// Opens the cursor named `durable` on the stream of `source`, from its start the first time.
    /// Several subscriptions to one durable share its events.
    async fn subscribe(
        &self,
        source: Context,
        durable: &str,
    ) -> Result<Box<dyn Subscription>, Error>;

    /// How many events `durable` has not settled yet, also from another process than its
    /// listener's.
    async fn lag(&self, source: Context, durable: &str) -> Result<u64, Error>;

    /// Whether it can be reached, as far as is known now.
    fn is_connected(&self) -> bool;

    /// Tells the relays of `context` on other replicas that there is something to publish. May get
    /// lost.
    async fn nudge(&self, context: Context);

    /// The nudges that arrive.
    fn nudges(&self, context: Context) -> BoxStream<'static, ()>;
}

/// A durable cursor on one stream.
#[async_trait]
pub trait Subscription: fmt::Debug + Send {
    /// Waits for an event, then takes what is there, `max` at most, in order. What is not settled
    /// within the broker's patience (30 s) comes again. May be dropped while it waits.
    async fn fetch(&mut self, max: usize) -> Result<Vec<Delivery>, Error>;

    /// Says what became of deliveries. It may take effect a moment later, or be lost: then they come
    /// again.
    async fn settle(&mut self, settled: Vec<(Receipt, Outcome)>) -> Result<(), Error>;

    /// How many events are not settled yet.
    async fn lag(&self) -> Result<u64, Error>;

    /// Gives back at once what was taken ahead, so that another replica need not wait for it.
    async fn close(&mut self);
}

/// One delivery of an event.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The event, if it is one.
    pub message: Result<Message, Undecodable>,
    /// Its place in the stream.
    pub sequence: u64,
    /// 1 the first time.
    pub attempt: u64,
    /// What to settle it with.
    pub receipt: Receipt,
}

/// Names a delivery to its broker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub(crate) String);

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not to come again.
    Done,
    /// To come again after this long.
    Again(Duration),
}

/// What became of [`Broker::publish`].
#[derive(Debug)]
pub struct Published {
    /// The places in the stream of the first messages, as many as were acknowledged.
    pub sequences: Vec<u64>,
    /// Why the next one was not, if there is a next one.
    pub failure: Option<Error>,
}

/// What a broker can't do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream does not end where its publisher left it: it lost its tail, or another publishes.
    #[error("the stream does not end at {after}")]
    Moved {
        /// Where it was expected to end.
        after: u64,
    },
    /// It is not there.
    #[error("the broker is not connected")]
    Disconnected,
    /// It answered with an error, or not at all.
    #[error("the broker did not {what}")]
    Failed {
        /// What was asked of it: `take an event`.
        what: &'static str,
        /// Its answer.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

// === impl Error ===

impl Error {
    pub(crate) fn failed<E>(what: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Failed { what, source: source.into() }
    }
}
