//! A recorded run is told again to listeners that know nothing yet: every event twice, backwards within each booking, and
//! one in twenty seconds late. Whatever the order, customers find what they found the first time.

mod recording;
mod story;

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_acceptance::{Context, Fleet, PATIENCE, Settings, World, in_fleet};
use boxoffice_testkit::platform::Platform as _;
use boxoffice_testkit::servers::Nats;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sea_orm::{ConnectionTrait as _, Database};

use self::recording::Recording;
use self::story::Story;

/// Another one gives another order.
const SEED: u64 = 20_261_121;
/// How late the late ones are.
const LATE: Duration = Duration::from_secs(4);

/// Who listens, and to whom.
type Listeners = [(Context, &'static [Context])];

/// They say nothing that anybody listens to, so they hear the recording and nothing else.
const READERS: &Listeners = &[
    (
        Context::NOTIFICATION,
        &[Context::BOOKING, Context::PAYMENT, Context::DELIVERY, Context::STREAMING],
    ),
    (
        Context::MYPAGE,
        &[
            Context::CATALOG,
            Context::SEATING,
            Context::BOOKING,
            Context::PAYMENT,
            Context::DELIVERY,
            Context::STREAMING,
        ],
    ),
];

/// They speak again of what they hear again: on a broker of their own, where no reader hears it a second time.
const SPEAKERS: &Listeners = &[
    (Context::DELIVERY, &[Context::BOOKING, Context::PAYMENT]),
    (Context::STREAMING, &[Context::BOOKING]),
    (Context::CATALOG, &[Context::REVIEW]),
];

/// Design §3: the same final read models, notices, deliveries, licences and ratings as in the undisturbed run. Review is
/// not among them: it listens to nobody.
async fn whatever_the_order_of_events_the_end_is_the_same(world: World, fleet: Arc<Fleet>) {
    let story = Story::plays(&world).await;
    world.comes_to_rest().await;
    let expected = story.seen().await.unwrap();
    let recording = Recording::of(&fleet.nats_url()).await;
    recording.has_everything();

    let brokers = [Nats::start().await.unwrap(), Nats::start().await.unwrap()];
    let parts = [(brokers[0].url(), READERS), (brokers[1].url(), SPEAKERS)];
    for (broker, listeners) in &parts {
        recording.opens_streams(broker, listeners).await;
        for (context, _) in *listeners {
            fleet.kill(*context).await.unwrap();
            empty(&fleet, *context).await;
            fleet.restart_with(*context, &[("nats-url", broker)]).await.unwrap();
        }
    }
    story.registers_its_titles().await;

    println!("disorder of seed {SEED}");
    let (in_time, late) = recording.disordered(&mut StdRng::seed_from_u64(SEED));
    for (broker, listeners) in &parts {
        recording::tell(&in_time, broker, listeners).await;
    }
    tokio::time::sleep(LATE).await;
    for (broker, listeners) in &parts {
        recording::tell(&late, broker, listeners).await;
        recording::is_heard(broker, listeners).await;
    }
    story.people_do_their_part().await;

    let began = Instant::now();
    while story.seen().await.ok().as_ref() != Some(&expected) && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for (found, expected) in story.seen().await.unwrap().iter().zip(&expected) {
        found.is(expected);
    }
}
in_fleet!(
    whatever_the_order_of_events_the_end_is_the_same,
    Settings::default().flag("hold", "12s").flag("simulator-slow", "3s")
);

/// Takes all it knows from a context that does not run.
async fn empty(fleet: &Fleet, context: Context) {
    let url = fleet.database(context);
    let (server, name) = url.rsplit_once('/').unwrap();
    let (url, statements) = if url.starts_with("mysql:") {
        let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
        (&*format!("{server}/mysql"), [format!("DROP DATABASE {name}"), create])
    } else {
        (url, ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"].map(str::to_owned))
    };
    let database = Database::connect(url).await.unwrap();
    for statement in statements {
        database.execute_unprepared(&statement).await.unwrap();
    }
    database.close().await.unwrap();
}
