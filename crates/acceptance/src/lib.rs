//! Words for the acceptance scenarios: a world, the people in it, what they wish for, and what they are told.
//!
//! A scenario is a function of a [`World`]; [`in_both!`] runs it as one process and as a fleet, and audits afterwards.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "part of tests: whatever cannot go on fails the test")]

mod answers;
mod home;
mod notices;
mod page;
mod patience;
mod people;
mod programme;
mod reviews;
mod showings;
mod tickets;
mod wishes;
mod world;

pub use boxoffice_contracts::{
    booking, catalog, delivery, mypage, notification, payment, review, seating, streaming, wkt,
};
pub use boxoffice_testkit::platform::{
    CONTEXTS, Context, Fleet, Platform, Report, Settings, Single, Topology,
};

pub use self::answers::{Refusal, Refused, reason};
pub use self::patience::{PATIENCE, eventually, eventually_within, stays};
pub use self::people::Person;
pub use self::showings::{Plan, in_future, won};
pub use self::wishes::{DECLINED, LATE, OTHER_CARD, SLOW, UNAVAILABLE, VISA, Wish, id};
pub use self::world::{World, run, run_fleet, run_shared, run_single, run_thousands};

/// Runs a scenario, `async fn name(world: World)`, as one process and as a fleet of its own; afterwards nothing may be
/// in flight or broken. A second argument is its [`Settings`].
#[macro_export]
macro_rules! in_both {
    ($scenario:ident) => {
        mod $scenario {
            #[tokio::test]
            async fn single() {
                let settings = $crate::Settings::default();
                $crate::run($crate::Topology::Single, settings, super::$scenario).await;
            }

            #[tokio::test]
            async fn fleet() {
                let settings = $crate::Settings::default();
                $crate::run($crate::Topology::Fleet, settings, super::$scenario).await;
            }
        }
    };
    ($scenario:ident, $settings:expr) => {
        mod $scenario {
            use super::*;

            #[tokio::test]
            async fn single() {
                $crate::run($crate::Topology::Single, $settings, super::$scenario).await;
            }

            #[tokio::test]
            async fn fleet() {
                $crate::run($crate::Topology::Fleet, $settings, super::$scenario).await;
            }
        }
    };
}

/// Runs a scenario that harms nobody on the platforms that all such scenarios share.
#[macro_export]
macro_rules! in_both_shared {
    ($scenario:ident) => {
        mod $scenario {
            #[tokio::test]
            async fn single() {
                $crate::run_shared($crate::Topology::Single, super::$scenario).await;
            }

            #[tokio::test]
            async fn fleet() {
                $crate::run_shared($crate::Topology::Fleet, super::$scenario).await;
            }
        }
    };
}

/// Runs a scenario that is about what only a fleet has: `async fn name(world: World, fleet: Arc<Fleet>)`.
#[macro_export]
macro_rules! in_fleet {
    ($scenario:ident, $settings:expr) => {
        mod $scenario {
            use super::*;

            #[tokio::test]
            async fn fleet() {
                $crate::run_fleet($settings, super::$scenario).await;
            }
        }
    };
}

/// Runs a scenario that is about what only one process has: `async fn name(world: World, single: Arc<Single>)`.
#[macro_export]
macro_rules! in_single {
    ($scenario:ident, $settings:expr) => {
        mod $scenario {
            use super::*;

            #[tokio::test]
            async fn single() {
                $crate::run_single($settings, super::$scenario).await;
            }
        }
    };
}
