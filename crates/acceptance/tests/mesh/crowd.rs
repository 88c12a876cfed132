//! A crowd at the ingress that buys and reads without a pause, by gRPC and by REST, and what it was told.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use boxoffice_acceptance::booking::v1::{BookingState, ListBookingsRequest};
use boxoffice_acceptance::{Context, PATIENCE, Person, Plan, VISA, Wish, World, eventually};
use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, join_all};
use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// Everybody buys for the same showing, in which there is room for all.
const CAPACITY: i32 = 100_000;

/// Between two requests of one caller: a load the tester's few cores bear while they start pods as well.
const PAUSE: Duration = Duration::from_millis(300);

/// People who call until it is over.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) showing: String,
    buyers: Vec<Person>,
    readers: Vec<Person>,
    over: AtomicBool,
}

/// What became of the requests of a crowd.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Requests that were answered well.
    pub(crate) answered: usize,
    /// The others, and how.
    pub(crate) failed: Vec<String>,
    /// The bookings of each buyer that were accepted, whatever was answered before that.
    accepted: Vec<(Person, BTreeSet<String>)>,
}

// === impl Crowd ===

impl Crowd {
    /// Half of it calls by gRPC, and half by REST, by a new connection each time.
    pub(crate) async fn gathers(world: &World) -> Self {
        let people = |name: &'static str| (0..4).map(move |_| world.customer(name)).collect();
        let showing = world.admin().schedule(Plan::general(CAPACITY, 9_000)).await;
        let over = AtomicBool::new(false);
        Self { showing, buyers: people("buyer"), readers: people("reader"), over }
    }

    /// Calls while something happens, and for a moment before it and after it.
    pub(crate) async fn calls_while<T>(&self, happens: impl Future<Output = T>) -> (Told, T) {
        let happens = async {
            sleep(5 * PAUSE).await;
            let happened = happens.await;
            sleep(5 * PAUSE).await;
            self.over.store(true, Ordering::Relaxed);
            happened
        };
        let (told, happened) = tokio::join!(join_all(self.callers()), happens);
        (told.into_iter().fold(Told::default(), Told::and), happened)
    }

    fn callers(&self) -> Vec<LocalBoxFuture<'_, Told>> {
        let pairs = self.buyers.chunks(2).chain(self.readers.chunks(2)).enumerate();
        let pairs = pairs.map(|(at, pair)| match at < self.buyers.len() / 2 {
            true => {
                [self.buys(&pair[0], false).boxed_local(), self.buys(&pair[1], true).boxed_local()]
            }
            false => [self.reads(&pair[0]).boxed_local(), self.browses(&pair[1]).boxed_local()],
        });
        pairs.flatten().collect()
    }

    /// Buys, and repeats what is not answered well, as a client should.
    async fn buys(&self, buyer: &Person, by_rest: bool) -> Told {
        let (mut told, mut accepted) = (Told::default(), BTreeSet::new());
        while self.goes_on().await {
            let wish = Wish::places(&self.showing, 1).paid_by(VISA);
            let began = Instant::now();
            loop {
                let answer = match by_rest {
                    true => posts(buyer, &wish).await,
                    false => places(buyer, &wish).await,
                };
                if let Some(booking) = told.hears("a purchase", answer) {
                    accepted.insert(booking);
                    break;
                }
                assert!(began.elapsed() < PATIENCE, "nobody sells: {:?}", told.failed.last());
                sleep(PAUSE).await;
            }
        }
        told.accepted.push((buyer.clone(), accepted));
        told
    }

    async fn reads(&self, reader: &Person) -> Told {
        let mut told = Told::default();
        while self.goes_on().await {
            let showing = reader.showing(&self.showing).await.map_err(|it| it.to_string());
            told.hears("GetShowing", showing);
            let bookings = reader.bookings().await.map_err(|it| it.to_string());
            told.hears("ListBookings", bookings);
            let titles = reader.finds("film").await.map_err(|it| it.to_string());
            told.hears("ListTitles", titles);
        }
        told
    }

    async fn browses(&self, reader: &Person) -> Told {
        let mut told = Told::default();
        let showing = format!("/v1/showings/{}", self.showing);
        while self.goes_on().await {
            for path in [&*showing, "/v1/bookings", "/v1/titles"] {
                told.hears(path, rest(reader, Method::GET, path, None).await);
            }
        }
        told
    }

    async fn goes_on(&self) -> bool {
        sleep(PAUSE).await;
        !self.over.load(Ordering::Relaxed)
    }
}

/// The id of the booking, or why there is none.
async fn places(buyer: &Person, wish: &Wish) -> Result<String, String> {
    let booking = buyer.place(wish.clone()).await;
    booking.map(|it| it.booking_id).map_err(|it| it.to_string())
}

async fn posts(buyer: &Person, wish: &Wish) -> Result<String, String> {
    let wish = serde_json::to_value(wish.clone().request()).map_err(|it| it.to_string())?;
    let booking = rest(buyer, Method::POST, "/v1/bookings", Some(wish)).await?;
    let id = booking["booking"]["bookingId"].as_str().map(str::to_owned);
    id.ok_or_else(|| format!("no booking: {booking}"))
}

async fn rest(
    person: &Person,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Result<Value, String> {
    let request = person.client(Context::BOOKING).http(method, path);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let answer = request.send().await.map_err(|it| format!("{it:?}"))?;
    let status = answer.status();
    let text = answer.text().await.map_err(|it| format!("{it:?}"))?;
    match status.is_success() {
        true => serde_json::from_str(&text).map_err(|it| format!("{it}: {text}")),
        false => Err(format!("{status}: {text}")),
    }
}

// === impl Told ===

impl Told {
    fn hears<T>(&mut self, what: &str, answer: Result<T, String>) -> Option<T> {
        match answer {
            Ok(answer) => {
                self.answered += 1;
                Some(answer)
            }
            Err(why) => {
                self.failed.push(format!("{what}: {why}"));
                None
            }
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.answered += other.answered;
        self.failed.extend(other.failed);
        self.accepted.extend(other.accepted);
        self
    }

    /// How many bookings were accepted.
    pub(crate) fn bought(&self) -> usize {
        self.accepted.iter().map(|(_, bookings)| bookings.len()).sum()
    }

    /// Every request was answered, and there were enough of them to tell.
    pub(crate) fn lost_nothing(&self) {
        let (failed, answered) = (self.failed.len(), self.answered);
        let some = &self.failed[..failed.min(20)];
        assert!(some.is_empty(), "{failed} requests failed, {answered} did not: {some:#?}");
        assert!(answered > 200, "only {answered} requests were made");
    }

    /// Every accepted booking is there, no other is, and all come to be confirmed.
    pub(crate) async fn is_kept(&self, world: &World, showing: &str) {
        for (buyer, accepted) in &self.accepted {
            eventually(&format!("the bookings of {} are confirmed", buyer.sub), || async {
                (confirmed(buyer).await? == *accepted).then_some(())
            })
            .await;
        }
        let bought = i32::try_from(self.bought()).unwrap();
        world.nobody().sees_seats(showing, CAPACITY - bought, 0, bought).await;
    }
}

/// The bookings of somebody, once all are confirmed.
async fn confirmed(buyer: &Person) -> Option<BTreeSet<String>> {
    let (mut ids, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let request = ListBookingsRequest { page_size: 200, page_token };
        let page = buyer.client(Context::BOOKING).booking().list_bookings(request).await.ok()?;
        let page = page.into_inner();
        for booking in page.bookings {
            (booking.state() == BookingState::Confirmed).then_some(())?;
            ids.insert(booking.booking_id);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Some(ids);
        }
    }
}
