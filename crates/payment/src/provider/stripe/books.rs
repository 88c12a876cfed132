//! Stripe's books, for an audit. Only reads.

use std::collections::BTreeSet;

use boxoffice_kernel::PaymentId;

use super::answer::Failure;
use super::api::Api;
use super::{Config, PATIENCE, Unusable};
use crate::audit::ChargeRow;

/// The account's books.
#[derive(Debug)]
pub struct Books {
    api: Api,
}

/// Why they cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the books of Stripe cannot be read")]
pub struct Closed(#[source] Failure);

// === impl Books ===

impl Books {
    /// Asks nobody yet.
    pub fn open(config: &Config) -> Result<Self, Unusable> {
        Ok(Self { api: Api::new(config, PATIENCE)? })
    }

    /// What was ever taken for one of these payments, a hundred intents of the account in a request.
    pub async fn charges(&self, ours: &BTreeSet<PaymentId>) -> Result<Vec<ChargeRow>, Closed> {
        let mut charges = Vec::new();
        let mut after = None;
        loop {
            let page = self.api.page(after.as_deref()).await.map_err(Closed)?;
            let found = page.data.iter().filter_map(|intent| intent.charge());
            charges.extend(found.filter(|it| ours.contains(&it.key)));
            match page.data.last() {
                Some(last) if page.has_more => after = Some(last.id.clone()),
                Some(_) | None => return Ok(charges),
            }
        }
    }
}
