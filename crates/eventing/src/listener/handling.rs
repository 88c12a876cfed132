//! One event in hand: its span, its policy, and what its fault says.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use boxoffice_kernel::fault::chain;
use boxoffice_kernel::{Clock, Context, Fault, Verdict};
use futures::FutureExt as _;
use sea_orm::{DatabaseConnection, DbErr};
use tracing::{Instrument as _, Span, field};

use crate::broker::{Delivery, Outcome, Receipt};
use crate::dead_letters::{self, Cause, DeadLetter};
use crate::message::Message;
use crate::metrics::Handled;

/// Deliveries of an event that is only retried briefly.
const BRIEFLY: u64 = 5;
/// The longest an event waits for its next delivery.
const LONGEST: Duration = Duration::from_secs(30);
/// When an event comes again that could not even be put aside.
const STUCK: Duration = Duration::from_secs(5);
/// When an event comes again whose policy panicked.
const SHAKEN: Duration = Duration::from_millis(200);
/// The reason of an event that is none.
const UNDECODABLE: &str = "UNDECODABLE";
/// The reason of an event whose policy panics.
const PANICKED: &str = "PANICKED";

/// What handling an event takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handling<'a> {
    pub(super) context: Context,
    pub(super) source: Context,
    pub(super) db: &'a DatabaseConnection,
    pub(super) clock: Clock,
    pub(super) handled: &'a Handled,
    /// Which broker the event came by.
    pub(super) system: &'static str,
}

/// What is to be done about a fault.
enum Sentence {
    Again(Duration),
    Aside(Cause),
}

// === impl Handling ===

impl Handling<'_> {
    /// Hands `delivery` in at its first poll, and ends with what became of it.
    pub(super) async fn take<H, F, E>(self, delivery: Delivery, handle: &H) -> (Receipt, Outcome)
    where
        H: Fn(Message) -> F,
        F: Future<Output = Result<(), E>>,
        E: Fault,
    {
        let span = self.span(&delivery);
        let begun = Instant::now();
        self.handled.delivery(delivery.attempt);
        let work = async {
            let sentence = match delivery.message.clone() {
                Ok(mut message) => {
                    // What follows from it follows from its handling here.
                    if let Some(here) = boxoffice_telemetry::current_traceparent() {
                        message.traceparent = Some(here);
                    }
                    attempt(handle, message, delivery.attempt).await
                }
                Err(error) => Some(Sentence::Aside(Cause::new(UNDECODABLE, error.to_string()))),
            };
            match sentence {
                None => Outcome::Done,
                Some(sentence) => self.carry_out(&delivery, sentence).await,
            }
        };
        let outcome = work.instrument(span.clone()).await;
        self.handled.took(begun.elapsed(), outcome, &span);
        (delivery.receipt, outcome)
    }

    async fn carry_out(&self, delivery: &Delivery, sentence: Sentence) -> Outcome {
        let cause = match sentence {
            Sentence::Again(delay) => {
                boxoffice_telemetry::failed(&Span::current(), "comes again");
                return Outcome::Again(delay);
            }
            Sentence::Aside(cause) => cause,
        };
        boxoffice_telemetry::failed(&Span::current(), cause.reason.clone());
        tracing::error!(reason = cause.reason, error = cause.error, "event put aside");
        let now = self.clock.now();
        let put = dead_letters::put(self.db, self.context, self.source, delivery, cause, now);
        match put.await {
            Ok(()) => Outcome::Done,
            Err(error) => {
                tracing::warn!(error = chain(&error), "dead letter not stored");
                Outcome::Again(STUCK)
            }
        }
    }

    /// Tries again what an operator asked for.
    pub(super) async fn replay<H, F, E>(&self, handle: &H)
    where
        H: Fn(Message) -> F,
        F: Future<Output = Result<(), E>>,
        E: Fault,
    {
        let letters = match dead_letters::requested(self.db, self.source).await {
            Ok(letters) => letters,
            Err(error) => {
                tracing::debug!(error = chain(&error), "dead letters cannot be read");
                return;
            }
        };
        for letter in letters {
            let id = letter.id;
            if let Err(error) = self.replay_one(letter, handle).await {
                tracing::warn!(%id, error = chain(&error), "replay not recorded");
            }
        }
    }

    async fn replay_one<H, F, E>(&self, letter: DeadLetter, handle: &H) -> Result<(), DbErr>
    where
        H: Fn(Message) -> F,
        F: Future<Output = Result<(), E>>,
        E: Fault,
    {
        let (id, now) = (letter.id, self.clock.now());
        let message = match letter.message(self.source) {
            Ok(message) => message,
            Err(error) => {
                let cause = Cause::new(UNDECODABLE, error.to_string());
                return dead_letters::refused(self.db, id, cause, now).await;
            }
        };
        let span = tracing::info_span!(
            "replay",
            otel.name = format_args!("process {}", message.name),
            otel.kind = "consumer",
            messaging.system = self.system,
            messaging.operation.type = "process",
            messaging.destination.name = message.name,
            listener = %self.context,
            event = message.name,
            event.id = %id,
            booking.id = field::Empty,
        );
        boxoffice_telemetry::set_parent(&span, message.traceparent.as_deref());
        match attempt(handle, message, BRIEFLY).instrument(span).await {
            None => {
                tracing::info!(event.id = %id, "dead letter replayed");
                dead_letters::remove(self.db, id).await
            }
            Some(Sentence::Again(_)) => Ok(()), // still asked for: tried at the next look
            Some(Sentence::Aside(cause)) => dead_letters::refused(self.db, id, cause, now).await,
        }
    }

    fn span(&self, delivery: &Delivery) -> Span {
        match &delivery.message {
            Ok(message) => {
                let span = tracing::info_span!(
                    "process",
                    otel.name = format_args!("process {}", message.name),
                    otel.kind = "consumer",
                    messaging.system = self.system,
                    messaging.operation.type = "process",
                    messaging.destination.name = message.name,
                    messaging.message.conversation_id = %message.correlation_id,
                    listener = %self.context,
                    event = message.name,
                    event.id = %message.id,
                    attempt = delivery.attempt,
                    booking.id = field::Empty,
                );
                boxoffice_telemetry::set_parent(&span, message.traceparent.as_deref());
                span
            }
            Err(_) => tracing::info_span!(
                "process",
                otel.kind = "consumer",
                listener = %self.context,
                source = %self.source,
                sequence = delivery.sequence,
            ),
        }
    }
}

/// `None`: it had its effect, or needs none. A policy that panics must not take the process with
/// it each time its event comes.
async fn attempt<H, F, E>(handle: &H, message: Message, attempt: u64) -> Option<Sentence>
where
    H: Fn(Message) -> F,
    F: Future<Output = Result<(), E>>,
    E: Fault,
{
    let handled = AssertUnwindSafe(async { handle(message).await }).catch_unwind().await;
    match handled {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => Some(sentence(&fault, attempt)),
        Err(_) if attempt < BRIEFLY => Some(Sentence::Again(grown(SHAKEN, attempt))),
        Err(_) => Some(Sentence::Aside(Cause::new(PANICKED, "its policy panicked".to_owned()))),
    }
}

fn sentence(fault: &dyn Fault, attempt: u64) -> Sentence {
    let error = chain(fault);
    match fault.kind().verdict() {
        Verdict::Retry(delay) => {
            tracing::debug!(error, attempt, "event comes again");
            Sentence::Again(grown(delay, attempt))
        }
        Verdict::RetryBriefly(delay) if attempt < BRIEFLY => Sentence::Again(grown(delay, attempt)),
        Verdict::RetryBriefly(_) | Verdict::DeadLetter => {
            Sentence::Aside(Cause::new(fault.reason(), error))
        }
    }
}

/// Twice as long each time.
fn grown(delay: Duration, attempt: u64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    LONGEST.min(delay.saturating_mul(1 << doublings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let waits: Vec<u64> =
            [1, 2, 5, 6, 400].map(|n| grown(Duration::from_secs(1), n).as_secs()).to_vec();
        assert_eq!(waits, [1, 2, 16, 30, 30]);
    }
}
