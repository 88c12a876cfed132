//! The shipper behind a deadline and a breaker: it answers soon, or it is said soon that it won't.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_kernel::DeliveryId;
use boxoffice_runtime::breaker::Breaker;
use tonic::{Response, Status};

use super::{Consignment, Receipt, Shipper, ShipperError};
use crate::config::Config;
use crate::error::Unanswered;

/// How delivery asks its shipper. Cheap to clone; clones share the breaker.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    shipper: Arc<dyn Shipper>,
    breaker: Breaker,
    deadline: Duration,
}

// === impl Guarded ===

impl Guarded {
    pub(crate) fn new(shipper: Arc<dyn Shipper>, config: &Config) -> Self {
        let breaker = Breaker::new("delivery-shipper", config.breaker);
        Self { shipper, breaker, deadline: config.shipper_deadline }
    }

    /// Hands a parcel over.
    pub(crate) async fn ship(&self, consignment: Consignment) -> Result<Receipt, Unanswered> {
        let shipper = Arc::clone(&self.shipper);
        self.ask(async move { shipper.ship(consignment).await }).await
    }

    /// Calls one back.
    pub(crate) async fn recall(&self, key: DeliveryId) -> Result<(), Unanswered> {
        let shipper = Arc::clone(&self.shipper);
        self.ask(async move { shipper.recall(key).await }).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, ShipperError>> + Send + 'static,
    ) -> Result<T, Unanswered> {
        let call = async move { call.await.map(Response::new).map_err(status) };
        let answer = self.breaker.call(self.deadline, call).await;
        answer.map_err(|error| Unanswered::new("the shipper", error))
    }
}

/// As the breaker reads errors: only those that say "I could not" count.
fn status(error: ShipperError) -> Status {
    let mut status = match error {
        ShipperError::Unavailable(_) => Status::unavailable(error.to_string()),
        ShipperError::Timeout => Status::deadline_exceeded(error.to_string()),
        ShipperError::Recalled(_) => Status::failed_precondition(error.to_string()),
    };
    status.set_source(Arc::new(error));
    status
}
