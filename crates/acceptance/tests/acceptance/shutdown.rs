//! SIGTERM under load (issue table): readiness goes first, what is in flight is answered, exit code 0.
#![expect(clippy::disallowed_methods, reason = "callers are nobody's but the test's")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{Context, Plan, Settings, VISA, Wish, World, eventually, in_both};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Callers at the time.
const CALLERS: usize = 16;

/// OPS-03: no caller is left without an answer, and whoever was told "confirmed" is.
async fn whatever_is_in_flight_is_answered_and_the_process_ends_well(world: World) {
    let admin = world.admin();
    let showing = Arc::new(admin.schedule(Plan::general(100_000, 9_000)).await);
    let stop = Arc::new(AtomicBool::new(false));
    let confirmed = Arc::new(AtomicUsize::new(0));
    let callers = (0..CALLERS).map(|n| {
        let buyer = world.customer(&format!("buyer{n}"));
        let (showing, stop, confirmed) =
            (Arc::clone(&showing), Arc::clone(&stop), Arc::clone(&confirmed));
        async move {
            while !stop.load(Ordering::Relaxed) {
                match buyer.place(Wish::places(&showing, 1).paid_by(VISA)).await {
                    Ok(booking) if booking.state() == BookingState::Confirmed => {
                        confirmed.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(_) => {}
                    // Nobody listens any more, or the machine is too busy: the answer is to come back.
                    Err(status) => {
                        assert!(
                            matches!(
                                status.code(),
                                Code::Unavailable | Code::Cancelled | Code::Unknown
                            ),
                            "{status:?}"
                        );
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        }
    });
    let load = tokio::spawn(futures::future::join_all(callers.collect::<Vec<_>>()));
    eventually("there is load", || async {
        (confirmed.load(Ordering::Relaxed) > CALLERS).then_some(())
    })
    .await;

    let status = world.platform.stop(Context::BOOKING).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    load.await.unwrap();
    assert!(status.success(), "{status}");

    world.platform.start(Context::BOOKING).await.unwrap();
    let sold = i32::try_from(confirmed.load(Ordering::Relaxed)).unwrap();
    let now = admin.showing(&showing).await.unwrap();
    assert!(now.seats_held + now.seats_sold >= sold, "{now:?} but {sold} were told so");
}
in_both!(whatever_is_in_flight_is_answered_and_the_process_ends_well);

/// OPS-04: whoever looks at health sees it go before the calls do.
async fn readiness_goes_first(world: World) {
    let channel = world.admin().client(Context::BOOKING).channel();
    let watched = HealthClient::new(channel).watch(HealthCheckRequest::default()).await.unwrap();
    let mut watched = watched.into_inner();
    let first = watched.message().await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::Serving);

    let platform = Arc::clone(&world.platform);
    let stopping = tokio::spawn(async move { platform.stop(Context::BOOKING).await });
    let next = watched.message().await.unwrap().unwrap();
    assert_eq!(next.status(), ServingStatus::NotServing);
    let alice = world.customer("alice");
    alice.bookings().await.expect("it is drained, not dropped");
    drop(watched);
    assert!(stopping.await.unwrap().unwrap().success());
    world.platform.start(Context::BOOKING).await.unwrap();
}
in_both!(readiness_goes_first, Settings::default().flag("drain", "4s"));
