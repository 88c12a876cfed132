//! The store is away, is cut off in the middle of something, or is full: UNAVAILABLE with a hint when to come back, and
//! everything goes on by itself as soon as it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::{
    Context, Fleet, Person, Plan, Refused as _, Settings, Single, VISA, Wish, World, eventually,
    in_fleet, in_single,
};
use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, Database};
use tonic::{Code, Status};

/// Some calls wait at most for so long, all together: each for a connection, or for the breaker of whoever it needs.
const PATIENT: Duration = Duration::from_secs(60);

/// What a caller may be told while a store is in trouble.
fn come_back(told: Status) {
    let refusal = Err::<(), _>(told).refused();
    assert_eq!(refusal.code, Code::Unavailable, "{refusal:?}");
    assert!(refusal.retry.is_some(), "no hint when to come back: {refusal:?}");
}

/// Repeats one request until it is answered; whatever it is told meanwhile has to be a good reason.
async fn insist(person: &Person, wish: &Wish) -> Booking {
    eventually("the request is answered", || async {
        match person.place(wish.clone()).await {
            Ok(booking) => Some(booking),
            Err(told) => {
                come_back(told);
                None
            }
        }
    })
    .await
}

/// What each of a crowd buys at least, however slow the machine is.
const AT_LEAST: i32 = 3;

/// People buy until it is over; every request is one booking. How many were bought.
async fn crowd(world: &World, showing: &str, over: &AtomicBool) -> i32 {
    let callers = (0..8).map(async |number| {
        let caller = world.customer(&format!("caller{number}"));
        let mut bought = 0;
        while !over.load(Ordering::Relaxed) || bought < AT_LEAST {
            let wish = Wish::places(showing, 1).paid_by(VISA);
            let booking = insist(&caller, &wish).await.booking_id;
            caller.sees(&booking, BookingState::Confirmed).await;
            bought += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bought
    });
    join_all(callers).await.into_iter().sum()
}

/// PostgreSQL is stopped: everybody says so, soon; it is started: everybody goes on, without being restarted.
async fn postgres_is_stopped_and_started(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    fleet.postgres().await.unwrap().stop().await.unwrap();

    let began = Instant::now();
    let wish = Wish::places(&showing, 1).paid_by(VISA);
    come_back(alice.place(wish.clone()).await.unwrap_err());
    come_back(alice.bookings().await.unwrap_err());
    come_back(alice.showing(&showing).await.unwrap_err());
    come_back(alice.payments(&boxoffice_acceptance::id()).await.unwrap_err());
    assert!(began.elapsed() < PATIENT, "that took {:?}", began.elapsed());

    fleet.postgres().await.unwrap().start_again().await.unwrap();
    let booking = insist(&alice, &wish).await.booking_id;
    alice.sees(&booking, BookingState::Confirmed).await;
    alice.sees_seats(&showing, 498, 0, 2).await;
}
in_fleet!(postgres_is_stopped_and_started, Settings::default().own_postgres());

/// PostgreSQL is restarted, and once crashes, while people buy.
async fn postgres_is_restarted_while_people_buy(world: World, fleet: Arc<Fleet>) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(5_000, 9_000)).await;
    let over = AtomicBool::new(false);
    let trouble = async {
        let pause = Duration::from_millis(700);
        tokio::time::sleep(pause).await;
        fleet.postgres().await.unwrap().restart().await.unwrap();
        tokio::time::sleep(pause).await;
        let mut postgres = fleet.postgres().await.unwrap();
        postgres.crash().await.unwrap();
        postgres.start_again().await.unwrap();
        tokio::time::sleep(pause).await;
        over.store(true, Ordering::Relaxed);
    };
    let (bought, ()) = tokio::join!(crowd(&world, &showing, &over), trouble);
    admin.sees_seats(&showing, 5_000 - bought, 0, bought).await;
}
in_fleet!(postgres_is_restarted_while_people_buy, Settings::default().own_postgres());

/// The line to each store is cut again and again, whatever transaction is in the middle of it.
async fn lines_to_stores_are_cut_in_mid_transaction(world: World, fleet: Arc<Fleet>) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(5_000, 9_000)).await;
    let over = AtomicBool::new(false);
    let trouble = async {
        for turn in 0..4 {
            for context in [Context::BOOKING, Context::SEATING, Context::PAYMENT] {
                tokio::time::sleep(Duration::from_millis(150 + 37 * turn)).await;
                let line = fleet.line_to_store(context).unwrap();
                line.cut().await.unwrap();
                tokio::time::sleep(Duration::from_millis(60)).await;
                line.heal().await.unwrap();
            }
        }
        over.store(true, Ordering::Relaxed);
    };
    let (bought, ()) = tokio::join!(crowd(&world, &showing, &over), trouble);
    admin.sees_seats(&showing, 5_000 - bought, 0, bought).await;
}
in_fleet!(lines_to_stores_are_cut_in_mid_transaction, Settings::default().lines());

/// The line to the store of booking stands still: nobody waits for ever, and a commit whose answer was lost is found.
async fn a_line_to_a_store_stands_still(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    let line = fleet.line_to_store(Context::BOOKING).unwrap();
    line.stall().await.unwrap();
    let wishes: Vec<_> = (0..4).map(|_| Wish::places(&showing, 1).paid_by(VISA)).collect();
    let began = Instant::now();
    for told in join_all(wishes.iter().map(|wish| alice.place(wish.clone()))).await {
        come_back(told.unwrap_err());
    }
    assert!(began.elapsed() < PATIENT, "that took {:?}", began.elapsed());

    line.heal().await.unwrap();
    for wish in &wishes {
        let booking = insist(&alice, wish).await.booking_id;
        alice.sees(&booking, BookingState::Confirmed).await;
    }
    assert_eq!(alice.bookings().await.unwrap().len(), 5);
    alice.sees_seats(&showing, 495, 0, 5).await;
}
in_fleet!(a_line_to_a_store_stands_still, Settings::default().lines());

/// PostgreSQL answers that its disk is full (SQLSTATE 53100) whenever booking says something.
async fn the_disk_of_postgres_is_full(world: World, fleet: Arc<Fleet>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
    let database = Database::connect(fleet.database(Context::BOOKING)).await.unwrap();
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                RAISE EXCEPTION 'could not extend file: No space left on device' \
                USING ERRCODE = 'disk_full'; END $$; \
                CREATE TRIGGER full_disk BEFORE INSERT ON outbox EXECUTE FUNCTION full_disk()";
    database.execute_unprepared(full).await.unwrap();

    let wish = Wish::places(&showing, 1).paid_by(VISA);
    come_back(alice.place(wish.clone()).await.unwrap_err());
    assert_eq!(alice.bookings().await.unwrap().len(), 1, "whoever only reads is served");
    database.execute_unprepared("DROP TRIGGER full_disk ON outbox").await.unwrap();
    database.close().await.unwrap();
    let booking = insist(&alice, &wish).await.booking_id;
    alice.sees(&booking, BookingState::Confirmed).await;
    alice.sees_seats(&showing, 498, 0, 2).await;
}
in_fleet!(the_disk_of_postgres_is_full, Settings::default());

/// The embedded stores may not grow any more, as on a full disk; then there is room again.
async fn the_disk_under_the_embedded_stores_is_full(world: World, single: Arc<Single>) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100_000, 9_000)).await;
    let refused = eventually("the disk is full", || async {
        let wishes = (0..50).map(|_| Wish::places(&showing, 1).paid_by(VISA));
        let told = join_all(wishes.map(async |wish| {
            let told = alice.place(wish.clone()).await;
            told.err().map(|told| (wish, told))
        }));
        told.await.into_iter().flatten().next()
    });
    let (wish, told) = refused.await;
    come_back(told);
    alice.bookings().await.expect("whoever only reads is served");

    single.make_room().await.unwrap();
    let booking = insist(&alice, &wish).await.booking_id;
    alice.sees(&booking, BookingState::Confirmed).await;
}
in_single!(
    the_disk_under_the_embedded_stores_is_full,
    Settings::default().most_file_blocks(3_000).flag("log-filter", "warn")
);
