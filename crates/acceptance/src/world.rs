//! The world a scenario plays in.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_testkit::platform::{self, Fleet, Platform, Settings, Single, Topology};
use uuid::Uuid;

use crate::Person;

/// A platform with people. Cheap to clone.
#[derive(Clone)]
pub struct World {
    /// The handle on it.
    pub platform: Arc<dyn Platform>,
}

/// No scenario takes longer; one that does hangs.
const LONGEST: Duration = Duration::from_secs(280);

/// The same of one with thousands of bookings.
const LONGEST_OF_THOUSANDS: Duration = Duration::from_secs(1_500);

/// How long a platform may take to come to rest.
const REST: Duration = Duration::from_secs(45);

/// Plays a scenario on a platform of its own, which must come to rest, whole.
///
/// # Panics
/// The scenario fails, or what it leaves behind is broken.
pub async fn run<F: Future<Output = ()>>(
    topology: Topology,
    settings: Settings,
    scenario: impl FnOnce(World) -> F,
) {
    let world = World { platform: platform::start(topology, settings).await.unwrap() };
    play(&world, scenario(world.clone()), true).await;
}

/// As [`run`], for a scenario with thousands of bookings.
///
/// # Panics
/// As [`run`].
pub async fn run_thousands<F: Future<Output = ()>>(
    topology: Topology,
    settings: Settings,
    scenario: impl FnOnce(World) -> F,
) {
    let world = World { platform: platform::start(topology, settings).await.unwrap() };
    play_within(LONGEST_OF_THOUSANDS, &world, scenario(world.clone()), true).await;
}

/// Plays a scenario on the platform that others play on too.
///
/// # Panics
/// The scenario fails.
pub async fn run_shared<F: Future<Output = ()>>(
    topology: Topology,
    scenario: impl FnOnce(World) -> F,
) {
    let world = World { platform: platform::shared(topology).await.unwrap() };
    play(&world, scenario(world.clone()), false).await;
}

/// As [`run`], with the fleet itself in hand.
///
/// # Panics
/// As [`run`].
pub async fn run_fleet<F: Future<Output = ()>>(
    settings: Settings,
    scenario: impl FnOnce(World, Arc<Fleet>) -> F,
) {
    let fleet = Arc::new(Fleet::start(settings).await.unwrap());
    let world = World { platform: Arc::<Fleet>::clone(&fleet) };
    play(&world, scenario(world.clone(), fleet), true).await;
}

/// As [`run`], with the one process itself in hand.
///
/// # Panics
/// As [`run`].
pub async fn run_single<F: Future<Output = ()>>(
    settings: Settings,
    scenario: impl FnOnce(World, Arc<Single>) -> F,
) {
    let single = Arc::new(Single::start(settings).await.unwrap());
    let world = World { platform: Arc::<Single>::clone(&single) };
    play(&world, scenario(world.clone(), single), true).await;
}

async fn play(world: &World, scenario: impl Future<Output = ()>, audit: bool) {
    play_within(LONGEST, world, scenario, audit).await;
}

async fn play_within(
    longest: Duration,
    world: &World,
    scenario: impl Future<Output = ()>,
    audit: bool,
) {
    let _words = LastWords(Arc::clone(&world.platform));
    let played = tokio::time::timeout(longest, Box::pin(scenario)).await;
    played.expect("the scenario hangs");
    if audit {
        world.comes_to_rest().await;
    }
}

/// Prints the ends of the logs when its test fails.
struct LastWords(Arc<dyn Platform>);

// === impl World ===

impl World {
    /// A customer nobody else is: their bookings are theirs alone.
    #[must_use]
    pub fn customer(&self, name: &str) -> Person {
        let unique = Uuid::new_v4().simple().to_string();
        Person::new(&self.platform, &format!("{name}-{}", &unique[..12]), &["customer"])
    }

    /// The box office.
    #[must_use]
    pub fn admin(&self) -> Person {
        Person::new(&self.platform, "the-box-office", &["admin"])
    }

    /// Customer care.
    #[must_use]
    pub fn care(&self) -> Person {
        Person::new(&self.platform, "customer-care", &["care"])
    }

    /// One of our own services.
    #[must_use]
    pub fn service(&self) -> Person {
        Person::new(&self.platform, "boxoffice", &["service"])
    }

    /// Somebody without a token.
    #[must_use]
    pub fn nobody(&self) -> Person {
        Person::with_token(&self.platform, "nobody", None)
    }

    /// Whether this is one process: some troubles look different there.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.platform.topology() == Topology::Single
    }

    /// Waits until nothing is in flight, and checks that then nothing is broken.
    ///
    /// # Panics
    /// Something is.
    pub async fn comes_to_rest(&self) {
        let report = self.platform.audit(REST).await.unwrap();
        let at_rest = report.clean && report.text.contains("audit: 0 broken, 0 in flight");
        assert!(at_rest, "the audit finds fault:\n{}", report.text);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("World").field(&self.platform.topology()).finish()
    }
}

// === impl LastWords ===

impl Drop for LastWords {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0.last_words());
        }
    }
}
