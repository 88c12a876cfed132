//! The line to the provider: it can be cut, and it can swallow answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use boxoffice_kernel::PaymentId;
use boxoffice_payment::domain::Answer;
use boxoffice_payment::provider::simulator::Simulator;
use boxoffice_payment::provider::{Charge, Provider, ProviderError, Refunded};

/// What a test does to the line, shared by all replicas.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    cut: AtomicBool,
    mute: AtomicBool,
    calls: AtomicUsize,
}

/// The simulator at the other end of a line.
#[derive(Debug)]
pub(crate) struct Line {
    pub simulator: Simulator,
    pub switch: Arc<Switch>,
}

// === impl Switch ===

impl Switch {
    /// Nothing gets through.
    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    /// Questions get through, answers don't.
    pub(crate) fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::SeqCst);
    }

    /// How often anybody tried.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

// === impl Line ===

impl Line {
    async fn carry<T>(
        &self,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        self.switch.calls.fetch_add(1, Ordering::SeqCst);
        if self.switch.cut.load(Ordering::SeqCst) {
            return Err(ProviderError::Unavailable(Some("the line is cut".into())));
        }
        let answer = call.await;
        if self.switch.mute.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        answer
    }
}

#[async_trait]
impl Provider for Line {
    async fn charge(&self, charge: Charge) -> Result<Answer, ProviderError> {
        self.carry(self.simulator.charge(charge)).await
    }

    async fn refund(&self, key: PaymentId) -> Result<Refunded, ProviderError> {
        self.carry(self.simulator.refund(key)).await
    }

    async fn find(&self, key: PaymentId) -> Result<Option<Answer>, ProviderError> {
        self.carry(self.simulator.find(key)).await
    }
}
