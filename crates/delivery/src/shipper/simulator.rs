//! A shipper to try, develop and test with. It carries nothing, and so has nothing to remember: its
//! numbers follow from the parcels' keys.

use std::time::Duration;

use async_trait::async_trait;
use boxoffice_kernel::DeliveryId;

use super::{Consignment, Receipt, Shipper, ShipperError};

/// How the simulator behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Every call takes this long: 0.
    pub latency: Duration,
    /// Every call answers that the shipper is unavailable: no.
    pub down: bool,
}

/// The simulator.
#[derive(Clone, Copy, Debug)]
pub struct Simulator {
    config: Config,
}

// === impl Simulator ===

impl Simulator {
    /// Its name on a parcel.
    pub const NAME: &str = "simulator";

    /// One that behaves so.
    pub const fn new(config: Config) -> Self {
        Self { config }
    }

    async fn work(&self) -> Result<(), ShipperError> {
        let Config { latency, down } = self.config;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        if down { Err(ShipperError::Unavailable(None)) } else { Ok(()) }
    }
}

#[async_trait]
impl Shipper for Simulator {
    async fn ship(&self, Consignment { key, .. }: Consignment) -> Result<Receipt, ShipperError> {
        self.work().await?;
        let number = key.0.simple().to_string().to_uppercase();
        let tracking_number = format!("SIM-{}", &number[..12]);
        Ok(Receipt { shipper: Self::NAME.to_owned(), tracking_number })
    }

    async fn recall(&self, _: DeliveryId) -> Result<(), ShipperError> {
        self.work().await
    }
}
