//! The saga of one payment: which call follows which, until nothing is left to ask.
//!
//! Intent saved → provider asked → answer saved. Nothing is locked while the provider is asked,
//! and after each save the row alone is enough to go on, whoever does.

use boxoffice_kernel::steps;
use tracing::debug;

use crate::commands::{ApprovePayment, Command, RecordAnswer};
use crate::domain::{Intent, Payment, Refusal, State, Step};
use crate::{App, Error};

/// On whose behalf a payment is settled, and so in which lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody waits for it.
    Caller,
    /// Nobody does.
    Worker,
}

// === impl App ===

impl App {
    /// Takes the money, or says why not (FR-20, FR-22). Once the intent is saved it goes on whether
    /// or not the caller stays (design §2, rule 6).
    pub async fn approve(&self, intent: Intent) -> Result<Payment, Error> {
        let payment_id = intent.payment_id;
        steps::before("intent");
        let begun = self.lanes.ask(Command::Approve(ApprovePayment { intent })).await?;
        steps::after("intent");
        let begun = begun.ok_or(Error::NotFound(payment_id))?;
        let app = self.clone();
        let settling = self.tasks.spawn(async move { app.settle(begun, Urgency::Caller).await });
        let payment = settling.await.map_err(Error::Aborted)??;
        match payment.state {
            State::Approved { .. } | State::Declined { .. } => Ok(payment),
            State::Pending | State::Voiding | State::Refunding { .. } | State::Cancelled { .. } => {
                Err(Refusal::Closed.into())
            }
        }
    }

    /// Asks the provider and saves what it says, until the payment is settled. Every answer moves
    /// it on, so this ends; without an answer it ends too, and the worker takes it up later.
    pub(crate) async fn settle(
        &self,
        mut payment: Payment,
        urgency: Urgency,
    ) -> Result<Payment, Error> {
        let Intent { payment_id, booking_id, .. } = payment.intent;
        while let Some(step) = payment.step(self.clock.now()) {
            let (ask, save) = names(step);
            steps::before(ask);
            let answer = self.provider.ask(step, &payment).await?;
            steps::after(ask);
            let record = Command::Record(RecordAnswer { booking_id, payment_id, answer });
            steps::before(save);
            let recorded = match urgency {
                Urgency::Caller => self.lanes.ask(record).await?,
                Urgency::Worker => self.lanes.ask_timer(record).await?,
            };
            steps::after(save);
            payment = recorded.ok_or(Error::NotFound(payment_id))?;
            debug!(payment.id = %payment_id, ?step, state = payment.state.name(), "provider answered");
        }
        Ok(payment)
    }
}

/// What asking and saving are called where a test may end the process.
const fn names(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Charge => ("charge", "answer"),
        Step::Find => ("find", "find-answer"),
        Step::Refund => ("refund", "refund-answer"),
    }
}
