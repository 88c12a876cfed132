//! My page as its callers meet it: by gRPC and HTTP, on SQLite, PostgreSQL and MariaDB.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![recursion_limit = "256"]

/// A scenario of a `World`, once on each kind of database.
macro_rules! on_every_store {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn scenario($world: World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                scenario(World::on(Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                scenario(World::on(Kind::Postgres).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_mariadb() {
                scenario(World::on(Kind::MariaDb).await).await;
            }
        }
    )+};
}

mod care;
mod hostile;
mod order;
mod outage;
mod pages;
mod rebuilding;
mod said;
mod views;
mod watching;
mod world;
