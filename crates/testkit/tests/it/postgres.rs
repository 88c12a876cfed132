//! Postgres hands out databases, and keeps its port and its data.

use boxoffice_testkit::servers::Postgres;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, Database};

async fn run(url: &str, statement: &str) -> u64 {
    let connection = Database::connect(url).await.unwrap();
    let affected = connection.execute_unprepared(statement).await.unwrap().rows_affected();
    connection.close().await.unwrap();
    affected
}

#[tokio::test]
async fn tests_share_a_cluster_and_never_a_database() {
    let postgres = Postgres::shared().await.unwrap();
    let urls = join_all((0..8).map(|_| async { postgres.database().await.unwrap() })).await;
    for url in &urls {
        assert!(
            url.starts_with(&format!("postgres://postgres@127.0.0.1:{}/", postgres.port())),
            "{url}"
        );
        run(url, "CREATE TABLE mine (id int)").await;
    }
}

#[tokio::test]
async fn another_runtime_gets_the_same_cluster() {
    let port = Postgres::shared().await.unwrap().port();
    let elsewhere = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let postgres = Postgres::shared().await.unwrap();
            (postgres.port(), postgres.database().await.unwrap())
        })
    });
    assert_eq!(elsewhere.join().unwrap().0, port);
}

#[tokio::test]
async fn a_stopped_or_crashed_cluster_comes_back_on_its_port_with_its_data() {
    let mut postgres = Postgres::start_fast().await.unwrap();
    let url = postgres.database().await.unwrap();
    run(&url, "CREATE TABLE kept (id int)").await;
    run(&url, "INSERT INTO kept VALUES (1)").await;

    postgres.restart().await.unwrap();
    assert_eq!(run(&url, "SELECT * FROM kept").await, 1);
    run(&url, "INSERT INTO kept VALUES (2)").await;

    postgres.crash().await.unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", postgres.port())).is_err());
    postgres.start_again().await.unwrap();
    assert_eq!(run(&url, "SELECT * FROM kept").await, 2);
}

#[tokio::test]
async fn a_private_cluster_syncs_to_the_disk_unless_told_otherwise() {
    let durable = Postgres::start().await.unwrap();
    let url = durable.database().await.unwrap();
    let check = "DO $$ BEGIN ASSERT current_setting('fsync') = 'on'; END $$";
    run(&url, check).await;
    let fast = Postgres::shared().await.unwrap();
    run(
        &fast.database().await.unwrap(),
        "DO $$ BEGIN ASSERT current_setting('fsync') = 'off'; END $$",
    )
    .await;
}

#[tokio::test]
async fn a_new_database_takes_the_place_of_one_that_nobody_needs() {
    let postgres = Postgres::start_fast().await.unwrap();
    let [needed, done_with] =
        [postgres.database().await.unwrap(), postgres.database().await.unwrap()];
    Postgres::done_with(done_with.clone());
    postgres.database().await.unwrap();
    assert!(Database::connect(&done_with).await.is_err());
    run(&needed, "SELECT 1").await;
}
