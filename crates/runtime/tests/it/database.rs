//! A context's database: how SQLite is set, and what a wrong URL is told.

use boxoffice_eventing::database::{begin, kind};
use boxoffice_kernel::Kind;
use boxoffice_runtime::Database;
use boxoffice_runtime::database::{Options, connect, migrate};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
struct Seats;

#[async_trait::async_trait]
impl MigrationTrait for Seats {
    #[expect(elided_lifetimes_in_paths, reason = "the trait elides it, so it is late-bound")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new("id").big_integer().not_null().primary_key().take();
        manager.create_table(Table::create().table("seats").col(id).take()).await
    }
}

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Seats)]
}

pub(crate) async fn ask(db: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<String>(0)
        .or_else(|_| row.try_get_by_index::<i64>(0).map(|number| number.to_string()))
        .unwrap()
}

async fn file() -> (tempfile::TempDir, String, Database) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/catalog.db?mode=rwc", directory.path().display());
    let db = connect(&url, &Options::default()).await.unwrap();
    (directory, url, db)
}

#[tokio::test]
async fn a_sqlite_file_is_durable_and_has_one_writer() {
    let (_directory, _, db) = file().await;
    for (pragma, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("busy_timeout", "2000"),
    ] {
        assert_eq!(ask(&db.write, &format!("PRAGMA {pragma}")).await, expected, "{pragma}");
    }
    db.write.execute_unprepared("CREATE TABLE t (id INTEGER)").await.unwrap();
    db.write.execute_unprepared("INSERT INTO t VALUES (7)").await.unwrap();
    assert_eq!(ask(&db.read, "SELECT id FROM t").await, "7");
    let refused = db.read.execute_unprepared("INSERT INTO t VALUES (8)").await.unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
    assert_eq!(db.write.get_sqlite_connection_pool().options().get_max_connections(), 1);
    assert_eq!(db.read.get_sqlite_connection_pool().options().get_max_connections(), 8);
}

#[tokio::test]
async fn reading_does_not_wait_for_the_writer() {
    use sea_orm::TransactionTrait as _;
    let (_directory, _, db) = file().await;
    db.write.execute_unprepared("CREATE TABLE t (id INTEGER)").await.unwrap();
    let tx = db.write.begin().await.unwrap();
    tx.execute_unprepared("INSERT INTO t VALUES (1)").await.unwrap();
    assert_eq!(ask(&db.read, "SELECT count(*) FROM t").await, "0");
    tx.commit().await.unwrap();
    assert_eq!(ask(&db.read, "SELECT count(*) FROM t").await, "1");
}

#[tokio::test]
async fn a_file_that_another_keeps_locked_is_unavailable() {
    let (_directory, url, db) = file().await;
    let other = connect(&url, &Options::default()).await.unwrap();
    let kept = begin(&other.write).await.unwrap();
    let error = begin(&db.write).await.unwrap_err();
    assert_eq!(kind(&error), Kind::Unavailable, "{error}");
    kept.rollback().await.unwrap();
    begin(&db.write).await.unwrap();
}

#[tokio::test]
async fn processes_that_migrate_at_once_do_it_once() {
    let (_directory, url, first) = file().await;
    let mut others = vec![first];
    for _ in 0..7 {
        others.push(connect(&url, &Options::default()).await.unwrap());
    }
    let all = others.iter().map(|db| migrate(db, migrations));
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(ask(&others[0].read, "SELECT count(*) FROM seaql_migrations").await, "1");
    migrate(&others[0], migrations).await.unwrap();
}

#[tokio::test]
async fn a_wrong_url_is_told_what_to_change_and_keeps_its_password() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let postgres = format!("postgres://box:s3cret@{closed}/catalog");
    for (url, expected) in [
        ("oracle://box:s3cret@db/catalog", "`oracle://box:***@db/catalog` is no database URL"),
        ("postgres:/catalog", "`postgres:/catalog` is no database URL"),
        ("catalog.db", "`catalog.db` is no database URL"),
        (postgres.as_str(), "cannot be opened; check its address, name, user and password"),
        ("sqlite:///no/such/dir/catalog.db", "check that its directory exists and is writable"),
        ("postgres://box:s3cret@:port/x", "`postgres://box:***@:port/x` is no database URL"),
    ] {
        let error = connect(url, &Options::default()).await.unwrap_err();
        let shown = boxoffice_kernel::fault::chain(&error);
        assert!(shown.contains(expected), "{url}: {shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
