//! PostgreSQL as a context's database.

use std::time::{Duration, Instant};

use boxoffice_kernel::Kind;
use boxoffice_runtime::database::{Options, connect, migrate};
use boxoffice_testkit::servers::Postgres;

use crate::database::{ask, migrations};

fn options() -> Options {
    Options { application: "boxoffice-catalog".to_owned(), ..Options::default() }
}

#[tokio::test]
async fn a_session_is_set_and_replicas_migrate_one_after_the_other() {
    let postgres = Postgres::shared().await.unwrap();
    let url = postgres.database().await.unwrap();
    let mut replicas = Vec::new();
    for _ in 0..6 {
        replicas.push(connect(&url, &options()).await.unwrap());
    }
    let all = replicas.iter().map(|db| migrate(db, migrations));
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    let db = &replicas[0];
    for (sql, expected) in [
        ("SELECT count(*) FROM seaql_migrations", "1"),
        ("SELECT current_setting('transaction_isolation')", "read committed"),
        ("SELECT current_setting('statement_timeout')", "10s"),
        ("SELECT current_setting('application_name')", "boxoffice-catalog"),
    ] {
        assert_eq!(ask(&db.read, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_soon_and_comes_back_by_itself() {
    let mut postgres = Postgres::start().await.unwrap();
    let url = postgres.database().await.unwrap();
    let db = connect(&url, &options()).await.unwrap();
    assert_eq!(ask(&db.read, "SELECT 1::bigint").await, "1");
    postgres.crash().await.unwrap();
    for _ in 0..3 {
        let begun = Instant::now();
        let error = boxoffice_eventing::database::begin(&db.write).await.unwrap_err();
        assert_eq!(boxoffice_eventing::database::kind(&error), Kind::Unavailable, "{error}");
        assert!(begun.elapsed() < Duration::from_millis(2500), "{:?}", begun.elapsed());
    }
    postgres.start_again().await.unwrap();
    let begun = Instant::now();
    while boxoffice_eventing::database::begin(&db.write).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
