//! Delivery as others see it: by gRPC, HTTP and events, on every database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![recursion_limit = "256"]

/// A scenario of `World`, once on each database.
macro_rules! on_every_store {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn scenario($world: World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                scenario(World::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                scenario(World::on_postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_mariadb() {
                scenario(World::on_mariadb().await).await;
            }
        }
    )+};
}

/// As `on_every_store`, where two processes share a database: one in a file is for one.
macro_rules! on_every_server {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn scenario($world: World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                scenario(World::on_postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_mariadb() {
                scenario(World::on_mariadb().await).await;
            }
        }
    )+};
}

mod door;
mod etickets;
mod outside;
mod post;
mod privacy;
mod reading;
mod replicas;
mod world;
