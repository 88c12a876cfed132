//! Stores of different kinds, really: the core keeps its books in PostgreSQL, my page in MariaDB.

use std::sync::Arc;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{
    Context, Fleet, Refused as _, Settings, VISA, World, eventually, in_fleet,
};
use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use tonic::Code;

use super::{REFUNDED, SENT, by_post, concert, page_shows};

/// CP-10, NFR-09: the kinds of the stores, and where my page has what it shows.
async fn my_page_is_kept_in_mariadb_and_the_core_in_postgresql(world: World, fleet: Arc<Fleet>) {
    for context in boxoffice_acceptance::CONTEXTS {
        let kind = if context == Context::MYPAGE { "mysql" } else { "postgres" };
        let (scheme, _) = fleet.database(context).split_once(':').unwrap();
        assert_eq!(scheme, kind, "{context}");
    }
    let (showing, yuna) = (concert(&world).await, world.customer("yuna"));
    let booking = yuna.buy(by_post(&showing, &["A-1"]).paid_by(VISA)).await;
    page_shows(&yuna, &booking.booking_id, SENT).await;

    let database = Database::connect(fleet.database(Context::MYPAGE)).await.unwrap();
    let mine = "SELECT VERSION() AS version FROM bookings WHERE customer_id = ?";
    let mine = Statement::from_sql_and_values(DbBackend::MySql, mine, [yuna.sub.clone().into()]);
    let rows = database.query_all_raw(mine).await.unwrap();
    assert_eq!(rows.len(), 1);
    let version: String = rows[0].try_get("", "version").unwrap();
    assert!(version.contains("MariaDB"), "{version}");
    database.close().await.unwrap();
}
in_fleet!(my_page_is_kept_in_mariadb_and_the_core_in_postgresql, Settings::default());

/// NFR-09, NFR-11, NFR-13: MariaDB cannot be reached: my page says so, tickets are sold, sent and refunded; then it catches up.
async fn while_mariadb_is_away_tickets_are_sold_and_my_page_catches_up(
    world: World,
    fleet: Arc<Fleet>,
) {
    let (showing, yuna) = (concert(&world).await, world.customer("yuna"));
    let before = yuna.buy(by_post(&showing, &["A-1"]).paid_by(VISA)).await.booking_id;
    page_shows(&yuna, &before, SENT).await;

    let line = fleet.line_to_store(Context::MYPAGE).unwrap();
    line.cut().await.unwrap();
    eventually("my page says that it is unavailable", || async {
        let refusal = yuna.page(&before).await.err()?;
        let refusal = Err::<(), _>(refusal).refused();
        assert_eq!(refusal.code, Code::Unavailable, "{refusal:?}");
        assert!(refusal.retry.is_some(), "{refusal:?}");
        Some(())
    })
    .await;
    let meanwhile = yuna.buy(by_post(&showing, &["A-2"]).paid_by(VISA)).await.booking_id;
    let cancelled = yuna.cancel(&before).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    yuna.sees_seats(&showing, 39, 0, 1).await;

    line.heal().await.unwrap();
    page_shows(&yuna, &meanwhile, SENT).await;
    page_shows(&yuna, &before, REFUNDED).await;
}
in_fleet!(
    while_mariadb_is_away_tickets_are_sold_and_my_page_catches_up,
    Settings::default().lines()
);
