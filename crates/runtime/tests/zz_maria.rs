//! throwaway
#![allow(missing_docs)]
use boxoffice_runtime::database::{Options, connect, migrate};
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use sea_orm_migration::prelude::*;
#[derive(DeriveMigrationName)]
struct Seats;
#[async_trait::async_trait]
impl MigrationTrait for Seats {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new("id").big_integer().not_null().primary_key().take();
        manager.create_table(Table::create().table("seats").col(id).take()).await
    }
}
fn migrations() -> Vec<Box<dyn MigrationTrait>> { let mut all = boxoffice_eventing::migrations::all(); all.push(Box::new(Seats)); all }
#[tokio::test]
async fn maria() {
    for url in ["mariadb://box:pw@127.0.0.1:33306/cat", "mysql://box:pw@127.0.0.1:33306/cat"] {
    let mut replicas = Vec::new();
    for _ in 0..6 { replicas.push(connect(url, &Options::default()).await.unwrap()); }
    let all = replicas.iter().map(|db| migrate(db, migrations));
    for outcome in futures::future::join_all(all).await { outcome.unwrap(); }
    let db = &replicas[0];
    for sql in ["SELECT CONCAT(@@tx_isolation, ' ', @@time_zone, ' ', @@character_set_connection, ' ', @@sql_mode)", "SELECT CONCAT(count(*), ' ', @@collation_connection) FROM seaql_migrations"] {
        let row = db.read.query_one_raw(Statement::from_string(db.read.get_database_backend(), sql)).await.unwrap().unwrap();
        println!("{:?}", row.try_get_by_index::<String>(0));
    }
    }
    let error = connect("mysql://box:no@127.0.0.1:33306/cat", &Options::default()).await.unwrap_err();
    println!("{}", boxoffice_kernel::fault::chain(&error));
}
