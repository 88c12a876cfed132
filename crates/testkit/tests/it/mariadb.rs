//! MariaDB hands out databases, and keeps its port and its data.

use boxoffice_testkit::servers::MariaDb;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, Database};

async fn run(url: &str, statement: &str) -> u64 {
    let connection = Database::connect(url).await.unwrap();
    let affected = connection.execute_unprepared(statement).await.unwrap().rows_affected();
    connection.close().await.unwrap();
    affected
}

#[tokio::test]
async fn tests_share_a_server_and_never_a_database() {
    let mariadb = MariaDb::shared().await.unwrap();
    let urls = join_all((0..8).map(|_| async { mariadb.database().await.unwrap() })).await;
    for url in &urls {
        assert!(url.starts_with(&format!("mysql://root@127.0.0.1:{}/", mariadb.port())), "{url}");
        run(url, "CREATE TABLE mine (id int)").await;
    }
}

#[tokio::test]
async fn a_stopped_or_crashed_server_comes_back_on_its_port_with_its_data() {
    let mut mariadb = MariaDb::start_fast().await.unwrap();
    let url = mariadb.database().await.unwrap();
    run(&url, "CREATE TABLE kept (id int)").await;
    run(&url, "INSERT INTO kept VALUES (1)").await;

    mariadb.restart().await.unwrap();
    run(&url, "INSERT INTO kept VALUES (2)").await;

    mariadb.crash().await.unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", mariadb.port())).is_err());
    mariadb.start_again().await.unwrap();
    assert_eq!(run(&url, "DELETE FROM kept").await, 2);
}
