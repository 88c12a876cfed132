//! Processes come and go while people buy: nobody is left without an answer, and nothing is bought twice.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{
    Context, Plan, Refused as _, Settings, VISA, Wish, World, eventually, in_both,
};
use futures::future::join_all;
use tonic::Code;

/// Everybody is waited for as long as it takes on a busy machine, and a process that stops waits longer than a test does.
fn patient() -> Settings {
    let deadlines = ["peer-deadline", "provider-deadline", "payment-deadline"];
    let patient = Settings::default().flag("grace", "25s");
    deadlines.into_iter().fold(patient, |settings, deadline| settings.flag(deadline, "20s"))
}

/// OPS-03: calls that are in flight when the signal comes are all answered, and the process ends with 0.
async fn calls_in_flight_are_answered_before_the_process_ends(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let callers: Vec<_> = (0..32).map(|it| world.customer(&format!("caller{it}"))).collect();
    let began = Instant::now();
    let calls = join_all(callers.iter().map(async |caller| {
        let booking = caller.place(Wish::places(&showing, 1).paid_by(VISA)).await;
        (began.elapsed(), booking)
    }));
    let stop = async {
        eventually("all have their places, and wait for the provider", || async {
            (admin.showing(&showing).await.ok()?.seats_left == 468).then_some(())
        })
        .await;
        let told_at = began.elapsed();
        let status = world.platform.stop(Context::BOOKING).await.unwrap();
        (told_at, began.elapsed(), status)
    };
    let (calls, (told_at, stopped_at, status)) = tokio::join!(calls, stop);
    let mut late = 0;
    for (answered_at, booking) in calls {
        assert_eq!(booking.unwrap().state(), BookingState::Confirmed);
        assert!(answered_at < stopped_at, "{answered_at:?}, but stopped after {stopped_at:?}");
        late += u32::from(answered_at > told_at);
    }
    assert!(late > 0, "none was in flight when the signal came");
    assert_eq!(status.code(), Some(0));
    assert_eq!(admin.bookings().await.unwrap_err().code(), Code::Unavailable);
    world.platform.start(Context::BOOKING).await.unwrap();
    admin.sees_seats(&showing, 468, 0, 32).await;
}
in_both!(
    calls_in_flight_are_answered_before_the_process_ends,
    patient().flag("simulator-latency", "3s")
);

/// A stream does not keep a stopping process: its watcher is told to go on elsewhere, and can.
async fn streams_are_sent_elsewhere(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(500, 9_000)).await;
    let held = alice.place(Wish::places(&showing, 1)).await.unwrap().booking_id;
    let mut watch = alice.watch(&held, "").await.unwrap();
    let token = watch.message().await.unwrap().unwrap().resume_token;

    let began = Instant::now();
    let stop = world.platform.stop(Context::BOOKING);
    let (status, ended) = tokio::join!(stop, async { watch.message().await });
    ended.refused().with(Code::Unavailable, "STOPPING");
    assert_eq!(status.unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(20), "it was waited for: {:?}", began.elapsed());

    world.platform.start(Context::BOOKING).await.unwrap();
    let watch = eventually("it is watched on", || async { alice.watch(&held, &token).await.ok() });
    let mut watch = watch.await;
    alice.cancel(&held).await.unwrap();
    let seen = watch.message().await.unwrap().unwrap().booking.unwrap();
    assert_eq!(seen.state(), BookingState::Cancelled);
}
in_both!(streams_are_sent_elsewhere, patient());

/// However slow the machine: eight are bought before the next process goes.
async fn people_go_on(bought: &AtomicI32) {
    let before = bought.load(Ordering::Relaxed);
    eventually("people go on buying", || async {
        (bought.load(Ordering::Relaxed) >= before + 8).then_some(())
    })
    .await;
}

/// OPS-03: everybody keeps buying while each context in turn is stopped and started; whoever repeats an unanswered
/// request gets what they asked for, once.
async fn people_buy_while_every_context_is_restarted(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(5_000, 9_000)).await;
    let (bought, over) = (AtomicI32::new(0), AtomicBool::new(false));
    let callers = join_all((0..8).map(async |number| {
        let caller = world.customer(&format!("caller{number}"));
        while !over.load(Ordering::Relaxed) {
            let wish = Wish::places(&showing, 1).paid_by(VISA);
            let booking = eventually("the request is answered", || async {
                caller.place(wish.clone()).await.ok()
            });
            let booking = booking.await.booking_id;
            caller.sees(&booking, BookingState::Confirmed).await;
            bought.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let restarts = async {
        for context in boxoffice_acceptance::CONTEXTS {
            people_go_on(&bought).await;
            let status = world.platform.stop(context).await.unwrap();
            assert_eq!(status.code(), Some(0), "{context}");
            world.platform.start(context).await.unwrap();
        }
        people_go_on(&bought).await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(callers, restarts);
    let bought = bought.into_inner();
    admin.sees_seats(&showing, 5_000 - bought, 0, bought).await;
}
in_both!(people_buy_while_every_context_is_restarted);

/// OPS-04: the same with SIGKILL.
async fn people_buy_while_every_context_is_killed(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(5_000, 9_000)).await;
    let (bought, over) = (AtomicI32::new(0), AtomicBool::new(false));
    let callers = join_all((0..8).map(async |number| {
        let caller = world.customer(&format!("caller{number}"));
        while !over.load(Ordering::Relaxed) {
            let wish = Wish::places(&showing, 1).paid_by(VISA);
            let booking = eventually("the request is answered", || async {
                caller.place(wish.clone()).await.ok()
            });
            let booking = booking.await.booking_id;
            caller.sees(&booking, BookingState::Confirmed).await;
            caller.cancel(&booking).await.ok();
            bought.fetch_add(1, Ordering::Relaxed);
        }
        let bookings = eventually("bookings are told", || async { caller.bookings().await.ok() });
        for booking in bookings.await {
            let again = eventually("it is cancelled", || async {
                caller.cancel(&booking.booking_id).await.ok()
            });
            assert_eq!(again.await.state(), BookingState::Cancelled);
        }
    }));
    let deaths = async {
        for context in boxoffice_acceptance::CONTEXTS.into_iter().rev() {
            people_go_on(&bought).await;
            world.platform.kill(context).await.unwrap();
            world.platform.start(context).await.unwrap();
        }
        people_go_on(&bought).await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(callers, deaths);
    admin.sees_seats(&showing, 5_000, 0, 0).await;
}
in_both!(people_buy_while_every_context_is_killed);
