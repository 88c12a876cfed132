//! New pods take over from old ones while people call: nobody notices. Without what makes it so, they do.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::seating::v1::{SeatState, WatchSeatMapRequest};
use boxoffice_acceptance::{Context, Person, Plan, VISA, Wish, World, eventually_within, reason};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tonic::{Status, Streaming};

use crate::changed::Changed;
use crate::crowd::Crowd;
use crate::kube::Kube;

/// Whose pods are replaced, one context after the other: whoever sells, and holds streams. The others differ in nothing that
/// matters here, and more pods that start at once would leave the tester's few cores no time for calls, which have deadlines.
const REPLACED: [Context; 2] = [Context::SEATING, Context::BOOKING];

/// Rows of the map that is watched, and seats in each: more than are bought.
const ROWS: (u8, i32) = (26, 40);

/// Roll-outs of a process that takes no care.
const ENOUGH: usize = 5;

/// No roll-out takes longer.
const LONGEST: Duration = Duration::from_secs(150);

/// A stream that is taken up again where it was sent elsewhere.
struct Followed<T, Open> {
    open: Open,
    messages: Streaming<T>,
    resume_token: fn(&T) -> &str,
    token: String,
}

// === impl Followed ===

impl<T, Open: AsyncFn(String) -> Result<Streaming<T>, Status>> Followed<T, Open> {
    async fn from_its_beginning(open: Open, resume_token: fn(&T) -> &str) -> Self {
        let messages = open(String::new()).await.unwrap();
        Self { open, messages, resume_token, token: String::new() }
    }

    /// `None`: it was sent elsewhere, and has to be [taken up](Self::goes_on) there. An error: it was cut off.
    async fn next(&mut self) -> Result<Option<T>, Status> {
        match timeout(LONGEST, self.messages.message()).await.expect("nothing is told") {
            Ok(message) => {
                let message = message.expect("it ends without a word");
                (self.resume_token)(&message).clone_into(&mut self.token);
                Ok(Some(message))
            }
            Err(told) if reason(&told).is_some_and(|it| it == "STOPPING") => Ok(None),
            Err(told) => Err(told),
        }
    }

    async fn goes_on(&mut self) -> Result<(), Status> {
        self.messages = (self.open)(self.token.clone()).await?;
        Ok(())
    }
}

/// OPS-03: unary calls, REST and streams go on as if nothing happened; nothing is bought twice.
#[tokio::test]
async fn an_upgrade_and_a_rollback_lose_no_request() {
    let (kube, world) = (Kube::here(), crate::world());
    let crowd = Crowd::gathers(&world).await;
    let over = Cell::new(false);
    let roll = async {
        let mut upgrades = Vec::new();
        for context in REPLACED.map(Context::as_str) {
            let next = json!({"contexts": {context: {"image": {"tag": "next"}}}});
            upgrades.push((context, kube.upgrade(&next).await.unwrap()));
            replaced(&kube, context, "next").await;
        }
        while let Some((context, upgraded)) = upgrades.pop() {
            upgraded.roll_back().await.unwrap();
            replaced(&kube, context, "dev").await;
        }
        over.set(true);
    };
    let happens = async {
        tokio::join!(a_booking_is_followed(&world), a_map_is_followed(&world, &over), roll)
    };
    let (told, _) = Box::pin(crowd.calls_while(happens)).await;
    told.lost_nothing();
    told.is_kept(&world, &crowd.showing).await;
    world.comes_to_rest().await;
}

/// OPS-03: the same process in the same mesh, but nobody asks whether it is ready, and it has no time to leave. A few times:
/// it starts, and ends, so quickly that one time may pass unnoticed.
#[tokio::test]
async fn without_readiness_and_time_to_leave_requests_are_lost() {
    let (kube, world) = (Kube::here(), crate::world());
    let crowd = Crowd::gathers(&world).await;
    let pod = "/spec/template/spec";
    let naive = ["readinessProbe", "startupProbe", "lifecycle"]
        .map(|it| json!({"op": "remove", "path": format!("{pod}/containers/0/{it}")}));
    let path = format!("{pod}/terminationGracePeriodSeconds");
    let at_once = json!({"op": "replace", "path": path, "value": 0});
    let naive = Value::from_iter(naive.into_iter().chain([at_once]));
    let roll = async {
        let naive = Changed::by(&kube, "deployment/booking", &naive).await.unwrap();
        for _ in 0..ENOUGH {
            kube.rolled_out("booking").await.unwrap();
            kube.kubectl(&["rollout", "restart", "deployment/booking"]).await.unwrap();
        }
        kube.rolled_out("booking").await.unwrap();
        naive
    };
    let (told, naive) = Box::pin(crowd.calls_while(roll)).await;
    naive.put_back().await.unwrap();
    kube.rolled_out("booking").await.unwrap();
    println!("{} requests failed, {} did not", told.failed.len(), told.answered);
    assert!(!told.failed.is_empty(), "nobody noticed: then what is a readiness probe for?");
    // What was accepted is kept even so.
    told.is_kept(&world, &crowd.showing).await;
    world.comes_to_rest().await;
}

/// Waits until pods of this version have taken over, and those before them have said goodbye.
async fn replaced(kube: &Kube, context: &str, version: &str) {
    kube.rolled_out(context).await.unwrap();
    let app = format!("app={context}");
    let labels = r"jsonpath={.items[*].metadata.labels.version}";
    let what = format!("{context} is {version}, and nothing else");
    eventually_within(LONGEST, &what, || async {
        let pods = kube.kubectl(&["get", "pods", "-l", &app, "-o", labels]).await.ok()?;
        (pods.trim() == version).then_some(())
    })
    .await;
}

/// It is changed each time nobody follows it, and that is the first thing told where it is taken up again.
async fn a_booking_is_followed(world: &World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    let held = alice.place(Wish::places(&showing, 1)).await.unwrap().booking_id;
    let open = async |token: String| alice.watch(&held, &token).await;
    let mut followed = Followed::from_its_beginning(open, |it| &it.resume_token).await;
    let first = followed.next().await.unwrap().unwrap().booking.unwrap();
    assert_eq!(first.state(), BookingState::AwaitingPayment);
    for state in [BookingState::Confirmed, BookingState::Cancelled] {
        while followed.next().await.unwrap().is_some() {}
        let now = match state == BookingState::Confirmed {
            true => alice.pay(&held, VISA).await,
            false => alice.cancel(&held).await,
        };
        assert_eq!(now.unwrap().state(), state);
        followed.goes_on().await.unwrap();
        let seen = followed.next().await.unwrap().expect("what has changed is told first");
        assert_eq!(seen.booking.unwrap().state(), state);
    }
}

/// Somebody buys one seat after the other until it is over, and each is seen to be sold by whoever follows.
async fn a_map_is_followed(world: &World, over: &Cell<bool>) {
    let (admin, bob, watcher) = (world.admin(), world.customer("bob"), world.nobody());
    let (rows, length) = ROWS;
    let showing = admin.schedule(Plan::rows(rows, length, 9_000)).await;
    let bought = RefCell::new(BTreeSet::new());
    let last = Cell::new(false);
    let buys = async {
        let mut seats = (b'A'..b'A' + rows).flat_map(|row| (1..=length).map(move |it| (row, it)));
        while !last.get() {
            // One more is bought when it is over, so that there is something left to tell.
            last.set(over.get());
            let (row, number) = seats.next().expect("the hall is large enough");
            let seat = format!("{}-{number}", char::from(row));
            bob.insist_on_buying(&Wish::seats(&showing, &[&seat]).paid_by(VISA)).await;
            bought.borrow_mut().insert(seat);
            sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::join!(buys, follows_map(&watcher, &showing, &bought, &last));
}

async fn follows_map(
    watcher: &Person,
    showing: &str,
    bought: &RefCell<BTreeSet<String>>,
    last: &Cell<bool>,
) {
    let open = async |resume_token: String| {
        let request = WatchSeatMapRequest { showing_id: showing.to_owned(), resume_token };
        let mut seating = watcher.client(Context::SEATING).seating();
        Ok(seating.watch_seat_map(request).await?.into_inner())
    };
    let mut followed = Followed::from_its_beginning(open, |it| &it.resume_token).await;
    let (mut sold, mut breaks) = (BTreeSet::new(), 0);
    while !(last.get() && sold == *bought.borrow()) {
        match followed.next().await.expect("it is cut off") {
            Some(change) => {
                let seats = change.seats.into_iter().filter(|it| it.state() == SeatState::Sold);
                sold.extend(seats.map(|it| it.seat));
            }
            None => {
                breaks += 1;
                followed.goes_on().await.unwrap();
            }
        }
    }
    assert!(breaks >= 2, "it was sent elsewhere {breaks} times");
}
