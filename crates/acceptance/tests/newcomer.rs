//! A tenth context joins a live platform: docs/adding-a-context.md, built as it stands there.

#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "whatever cannot go on fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{Fleet, Plan, Settings, VISA, Wish, World, eventually, run_fleet};
use boxoffice_testkit::servers::Postgres;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use uuid::Uuid;

/// The newcomer, as the page makes it.
struct Loyalty {
    binary: PathBuf,
    database: String,
    nats_url: String,
    directory: TempDir,
}

/// The durable by which it listens.
const DURABLE: &str = "loyalty-booking";

/// NFR-12, CP-03. Nothing is changed but what the page adds, and what was said before the newcomer came counts, too.
#[tokio::test]
async fn a_tenth_context_joins_by_listening() {
    let page = fs::read_to_string(root().join("docs/adding-a-context.md")).unwrap();
    assert!(page.lines().count() < 225, "a page, not a book");
    let binary = build(&files(&page)).await;
    let run = run_fleet(Settings::default(), |world, fleet| story(world, fleet, binary));
    Box::pin(run).await;
}

async fn story(world: World, fleet: Arc<Fleet>, binary: PathBuf) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::general(100, 9_500)).await;
    let before = alice.buy(Wish::places(&showing, 2).paid_by(VISA)).await.booking_id;

    let loyalty = Loyalty::beside(&fleet, binary).await;
    let mut running = loyalty.start();
    let db = eventually("it has a database", || loyalty.connect()).await;
    has(&db, &[(&before, 19)]).await;

    let live = bob.buy(Wish::places(&showing, 1).paid_by(VISA)).await.booking_id;
    let other = bob.buy(Wish::places(&showing, 4).paid_by(VISA)).await.booking_id;
    has(&db, &[(&before, 19), (&live, 9), (&other, 38)]).await;
    alice.cancel(&before).await.unwrap();
    alice.sees(&before, BookingState::Cancelled).await;
    has(&db, &[(&before, 0), (&live, 9), (&other, 38)]).await;

    // It dies, misses something, and hears everything again: first as a repetition, then as if it were new.
    running.kill().await.unwrap();
    bob.cancel(&other).await.unwrap();
    for forget in [false, true] {
        loyalty.rewind().await;
        if forget {
            db.execute_unprepared("DELETE FROM inbox").await.unwrap();
        }
        let mut again = loyalty.start();
        loyalty.catches_up().await;
        has(&db, &[(&before, 0), (&live, 9), (&other, 0)]).await;
        again.kill().await.unwrap();
    }
}

/// Waits until these bookings, and no others, have so many points.
async fn has(db: &DatabaseConnection, points: &[(&str, i64)]) {
    let wanted: BTreeMap<Uuid, i64> =
        points.iter().map(|(booking, points)| (booking.parse().unwrap(), *points)).collect();
    eventually(&format!("points are {wanted:?}"), || async {
        let all = "SELECT booking_id, points FROM points";
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, all)).await.ok()?;
        let found = rows.iter().map(|row| {
            let booking: Uuid = row.try_get("", "booking_id").unwrap();
            (booking, row.try_get("", "points").unwrap())
        });
        (found.collect::<BTreeMap<_, _>>() == wanted).then_some(())
    })
    .await;
}

// === impl Loyalty ===

impl Loyalty {
    async fn beside(fleet: &Fleet, binary: PathBuf) -> Self {
        Self {
            binary,
            database: Postgres::shared().await.unwrap().database().await.unwrap(),
            nats_url: fleet.nats_url(),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// As it would be deployed. Nobody calls it, so its port may be any.
    fn start(&self) -> Child {
        let mut serve = Command::new(&self.binary);
        serve.args(["serve", "--context", "loyalty", "--listen", "127.0.0.1:0"]);
        serve.args(["--nats-url", &self.nats_url]);
        serve.args(["--database-url", &format!("loyalty={}", self.database)]);
        serve.current_dir(&self.directory).stdin(Stdio::null()).kill_on_drop(true);
        serve.spawn().unwrap()
    }

    async fn connect(&self) -> Option<DatabaseConnection> {
        let db = sea_orm::Database::connect(&self.database).await.ok()?;
        db.execute_unprepared("SELECT points FROM points").await.is_ok().then_some(db)
    }

    /// All that booking ever said is to be delivered again.
    async fn rewind(&self) {
        let bookings = self.bookings().await;
        assert!(bookings.delete_consumer(DURABLE).await.unwrap().success);
    }

    async fn catches_up(&self) {
        eventually("it has heard everything", || async {
            let mut bookings = self.bookings().await;
            let last = bookings.info().await.unwrap().state.last_sequence;
            let heard = bookings.consumer_info(DURABLE).await.ok()?;
            (heard.ack_floor.stream_sequence >= last).then_some(())
        })
        .await;
    }

    async fn bookings(&self) -> async_nats::jetstream::stream::Stream {
        let nats = async_nats::connect(&self.nats_url).await.unwrap();
        async_nats::jetstream::new(nats).get_stream("BOOKING").await.unwrap()
    }
}

// === building it ===

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// The files on the page, by their paths: each is a block whose fence names its language and its path.
fn files(page: &str) -> BTreeMap<&str, String> {
    let mut files = BTreeMap::new();
    let mut open = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(fence), None) => open = Some(fence.split_once(' ').unwrap().1),
            (Some(_), Some(_)) => open = None,
            (None, Some(path)) => {
                let text: &mut String = files.entry(path).or_default();
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => (),
        }
    }
    assert!(files.contains_key("Cargo.toml") && files.contains_key("src/main.rs"), "{files:?}");
    files
}

/// Builds the files as one more crate of this workspace, whose sources nobody touches: a workspace beside it has links to them.
/// Both share a target directory, so that only what is new is compiled.
async fn build(files: &BTreeMap<&str, String>) -> PathBuf {
    let beside = tempfile::tempdir().unwrap();
    let link = |from: &Path, to: &Path| {
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            let skipped = ["Cargo.toml", "Cargo.lock", "crates", "target", ".git"];
            if !skipped.iter().any(|it| name == *it) {
                symlink(from.join(&name), to.join(&name)).unwrap();
            }
        }
    };
    link(root(), beside.path());
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(root().join(file), beside.path().join(file)).unwrap();
    }
    let crates = beside.path().join("crates");
    fs::create_dir(&crates).unwrap();
    link(&root().join("crates"), &crates);
    for (path, text) in files {
        let path = crates.join("loyalty").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    // …/target/debug/deps/newcomer-…
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    // The whole workspace: with fewer crates, dependencies would have fewer features, and be compiled again.
    cargo.args(["build", "--offline", "--workspace", "--bin", "boxoffice-loyalty"]);
    cargo.arg("--target-dir").arg(profile.parent().unwrap());
    // What cargo says to us about this test is not for it to hear again: some build scripts would run again for that.
    for (name, _) in std::env::vars_os() {
        let ours = ["CARGO_MANIFEST_", "CARGO_PKG_"];
        if ours.iter().any(|it| name.to_string_lossy().starts_with(it)) {
            cargo.env_remove(name);
        }
    }
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(&beside).stdin(Stdio::null()).output().await.unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    profile.join("boxoffice-loyalty")
}
