//! The provider behind a deadline and a breaker: it answers soon, or it is said soon that it won't.

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_kernel::{Fault, Kind};
use boxoffice_runtime::breaker::{Breaker, CallError};
use tonic::{Response, Status};

use super::{Charge, Provider, ProviderError};
use crate::config::Config;
use crate::domain::{Answer, Intent, Payment, Step};
use crate::metrics;

/// How payment asks its provider. Cheap to clone; clones share the breaker.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    provider: Arc<dyn Provider>,
    breaker: Breaker,
    deadline: Duration,
}

/// The provider gave no answer; whether it did what it was asked is unknown.
#[derive(Debug, thiserror::Error)]
#[error("the payment provider gave no answer")]
pub struct Unanswered(#[source] CallError);

// === impl Guarded ===

impl Guarded {
    pub(crate) fn new(provider: Arc<dyn Provider>, config: &Config) -> Self {
        Self {
            provider,
            breaker: Breaker::new("payment-provider", config.breaker),
            deadline: config.provider_deadline,
        }
    }

    /// Asks for one step of a payment. `None`: the provider knows nothing of it.
    pub(crate) async fn ask(
        &self,
        step: Step,
        payment: &Payment,
    ) -> Result<Option<Answer>, Unanswered> {
        let provider = Arc::clone(&self.provider);
        let Intent { payment_id: key, booking_id, amount, ref method, .. } = payment.intent;
        let charge = Charge { key, booking_id, amount, method: method.clone() };
        let call = async move {
            let answer = match step {
                Step::Charge => provider.charge(charge).await.map(Some),
                Step::Find => provider.find(key).await,
                Step::Refund => provider.refund(key).await.map(|it| Some(it.into())),
            };
            answer.map(Response::new).map_err(status)
        };
        let begun = Instant::now();
        let answer = self.breaker.call(self.deadline, call).await.map_err(Unanswered);
        metrics::asked(step, &answer, begun.elapsed());
        answer
    }
}

/// As the breaker reads errors: only those that say "I could not" count.
fn status(error: ProviderError) -> Status {
    let mut status = match error {
        ProviderError::Unavailable(_) => Status::unavailable(error.to_string()),
        ProviderError::Timeout => Status::deadline_exceeded(error.to_string()),
        ProviderError::Refused(_) | ProviderError::KeyReused(_) => {
            Status::failed_precondition(error.to_string())
        }
    };
    status.set_source(Arc::new(error));
    status
}

// === impl Unanswered ===

impl Unanswered {
    /// Whether it could not answer, rather than would not.
    pub(crate) fn is_outage(&self) -> bool {
        self.kind() == Kind::Unavailable
    }

    /// For a metric.
    pub(crate) fn outcome(&self) -> &'static str {
        match self.0 {
            CallError::Open => "not_asked",
            CallError::Timeout => "timeout",
            CallError::Status(_) => "failed",
        }
    }
}

impl Fault for Unanswered {
    fn kind(&self) -> Kind {
        match self.0.kind() {
            Kind::Unavailable | Kind::Exhausted | Kind::Conflict => Kind::Unavailable,
            // Not that it could not, but that it would not: our bug.
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Internal => Kind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self.kind() {
            Kind::Unavailable => "PROVIDER_UNAVAILABLE",
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Conflict
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Exhausted
            | Kind::Internal => "PROVIDER_REFUSED",
        }
    }
}
