//! A payment provider to try, develop and test with. The name of a method decides what happens;
//! the money it has taken can be counted in its ledger, the table `simulator_charges`.

mod ledger;
mod method;
mod store;

use std::time::Duration;

use async_trait::async_trait;
use boxoffice_eventing::{LaneCounts, Lanes, Wake};
use boxoffice_kernel::PaymentId;
use boxoffice_runtime::{Database, Deps, Server, Tasks};

pub(crate) use self::ledger::Entry;
pub(crate) use self::store::entry as row;

use self::ledger::{Behaviour, Command, Error};
use self::store::Ledger;
use super::{Charge, Provider, ProviderError, Refunded};
use crate::domain::Answer;

/// How the simulator behaves, whatever the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Every call takes this much longer: 0.
    pub latency: Duration,
    /// Every call answers that the provider is unavailable, and does nothing: no.
    pub down: bool,
    /// How long `pm_sim_slow` takes to charge, and `pm_sim_late` to say that it has: 5 s.
    pub slow: Duration,
}

/// The simulator. Like a real provider it goes on with what it was asked when the caller hangs up.
#[derive(Clone, Debug)]
pub struct Simulator {
    config: Config,
    lanes: Lanes<Ledger>,
    db: Database,
    tasks: Tasks,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self { latency: Duration::ZERO, down: false, slow: Duration::from_secs(5) }
    }
}

// === impl Simulator ===

impl Simulator {
    /// Opens the ledger, in lanes of its own: thousands of charges a second are few transactions.
    pub fn open(config: Config, deps: &Deps, server: &mut Server) -> Self {
        let Deps { db, clock, lanes, .. } = deps;
        let ledger = Ledger { clock: *clock };
        // It shares the connections with payment's own lanes, and has less to do.
        let lanes = LaneCounts { interactive: lanes.interactive.div_ceil(2), events: 1 };
        let lanes = Lanes::open("simulator", ledger, &db.write, lanes, server, Wake::new());
        Self { config, lanes, db: db.clone(), tasks: server.tasks() }
    }

    /// Does `work` in a task of its own, after the latency.
    async fn serve<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ProviderError>> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let Config { latency, down, .. } = self.config;
        let serving = self.tasks.spawn(async move {
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            if down { Err(ProviderError::Unavailable(None)) } else { work.await }
        });
        serving.await.map_err(|gone| ProviderError::Unavailable(Some(gone.into())))?
    }

    async fn known(&self, key: PaymentId) -> Result<Option<Answer>, ProviderError> {
        let entry =
            store::find(&self.db.read, key).await.map_err(|error| unavailable(error.into()))?;
        Ok(entry.and_then(|it| it.outcome.answer(key)))
    }

    async fn write(&self, command: Command) -> Result<Answer, ProviderError> {
        match self.lanes.ask(command).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(ProviderError::Unavailable(None)),
            Err(Error::KeyReused(key)) => Err(ProviderError::KeyReused(key)),
            Err(error @ (Error::Turned(_) | Error::Store(_))) => Err(unavailable(error)),
        }
    }

    /// The two that are slow differ in when they take the money: after the wait, or before it.
    async fn charge_slowly(self, charge: Charge) -> Result<Answer, ProviderError> {
        let Charge { key, .. } = charge;
        let wait = tokio::time::sleep(self.config.slow);
        let behaviour = Behaviour::of(&charge.method);
        match behaviour {
            Behaviour::Slow | Behaviour::Late => {}
            Behaviour::Approve
            | Behaviour::Decline(_)
            | Behaviour::Unavailable
            | Behaviour::UnavailableTimes(_) => return self.write(Command::Charge(charge)).await,
        }
        if let Some(answer) = self.known(key).await? {
            return Ok(answer);
        }
        if behaviour == Behaviour::Slow {
            wait.await;
            return self.write(Command::Charge(charge)).await;
        }
        let answer = self.write(Command::Charge(charge)).await;
        wait.await;
        answer
    }
}

#[async_trait]
impl Provider for Simulator {
    async fn charge(&self, charge: Charge) -> Result<Answer, ProviderError> {
        self.serve(self.clone().charge_slowly(charge)).await
    }

    async fn refund(&self, key: PaymentId) -> Result<Refunded, ProviderError> {
        let simulator = self.clone();
        let answer = self.serve(async move { simulator.write(Command::Refund(key)).await }).await?;
        match answer {
            Answer::Returned { reference } => Ok(Refunded { reference }),
            Answer::Approved { .. } | Answer::Declined { .. } => Ok(Refunded { reference: None }),
        }
    }

    async fn find(&self, key: PaymentId) -> Result<Option<Answer>, ProviderError> {
        let simulator = self.clone();
        self.serve(async move { simulator.known(key).await }).await
    }
}

fn unavailable(error: Error) -> ProviderError {
    ProviderError::Unavailable(Some(error.into()))
}
