//! A showing with thousands of bookings is moved, or cancelled, and whoever carries that out is killed in the middle of it:
//! the job goes on (design §3), in bounded memory; each holder is told once, and has their money back once.

use std::collections::BTreeMap;
use std::time::Duration;

use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::mypage::v1::ListMyBookingsRequest;
use boxoffice_acceptance::notification::v1::NoticeKind::{
    self, BookingCancelled, BookingConfirmed, DeliveryCancelled, DeliveryCompleted,
    DeliveryStarted, PaymentApproved, PaymentCancelled, ShowingRescheduled,
};
use boxoffice_acceptance::payment::v1::{ListPaymentsRequest, PaymentState};
use boxoffice_acceptance::seating::v1::CancelShowingRequest;
use boxoffice_acceptance::{
    CONTEXTS, Context, Person, Plan, Settings, Topology, VISA, Wish, World, eventually,
    eventually_within, run_thousands, won,
};
use futures::{StreamExt as _, stream};

/// Customers. Each has as many bookings as the others.
const HOLDERS: usize = 125;
/// Of these so many book at a time.
const AT_A_TIME: usize = 32;
/// How long thousands of bookings may take to follow, and their refunds and notices.
const LONG: Duration = Duration::from_secs(600);
const DAY: Duration = Duration::from_secs(86_400);
/// What the job may add to the memory of a process. It reads 200 bookings at a time, which are far less.
const ROOM: u64 = 100 << 20;

/// What they are told when they have bought.
const BOUGHT: [NoticeKind; 4] =
    [PaymentApproved, BookingConfirmed, DeliveryStarted, DeliveryCompleted];

/// A customer and the ids of their bookings.
struct Holder {
    person: Person,
    bookings: Vec<String>,
}

/// A showing whose places are all sold.
struct SoldOut {
    showing: String,
    holders: Vec<Holder>,
}

/// 5,000 bookings in one process; 1,000 in a fleet, whose processes and servers share the tester's few cores. The job waits
/// a while after each page, so that it is killed in the middle.
fn settings(topology: Topology) -> Settings {
    let pause = if topology == Topology::Single { "1s" } else { "3s" };
    Settings::default().flag("sweep", pause).flag("log-filter", "warn,boxoffice_booking=info")
}

/// However busy everybody is, they come back until it is booked.
async fn books(person: &Person, showing: &str) -> String {
    let wish = Wish::places(showing, 1).paid_by(VISA);
    eventually("a place is booked", || async { person.place(wish.clone()).await.ok() })
        .await
        .booking_id
}

// === impl SoldOut ===

impl SoldOut {
    async fn new(world: &World) -> Self {
        let each = if world.is_single() { 40 } else { 8 };
        let places = i32::try_from(HOLDERS * each).unwrap();
        let admin = world.admin();
        let showing = admin.schedule(Plan::general(places, 9_000).starts_in(DAY)).await;
        let holders = (0..HOLDERS).map(async |_| {
            let (person, mut bookings) = (world.customer("holder"), Vec::new());
            for _ in 0..each {
                bookings.push(books(&person, &showing).await);
            }
            Holder { person, bookings }
        });
        let holders = stream::iter(holders).buffer_unordered(AT_A_TIME).collect().await;
        eventually_within(LONG, "all places are sold", || async {
            let sold = admin.showing(&showing).await.ok()?.seats_sold;
            (sold == places).then_some(())
        })
        .await;
        Self { showing, holders }
    }

    /// All bookings in the order of their ids, which is the order in which they follow.
    fn bookings(&self) -> Vec<String> {
        let mut all: Vec<_> = self.holders.iter().flat_map(|it| it.bookings.clone()).collect();
        all.sort_unstable();
        all
    }

    /// Waits until some have followed, kills whoever is at it, and starts them again.
    async fn is_interrupted(&self, world: &World, followed: impl Fn(&Booking) -> bool) {
        let before = peaks(world).await;
        let bookings = self.bookings();
        let third = &bookings[bookings.len() * 3 / 10];
        let holder = self.holders.iter().find(|it| it.bookings.contains(third)).unwrap();
        eventually_within(LONG, "some bookings follow", || async {
            holder.person.get(third).await.ok().filter(&followed)
        })
        .await;
        bounded(&before, &peaks(world).await);
        let all = [Context::BOOKING, Context::NOTIFICATION, Context::PAYMENT];
        let killed = if world.is_single() { &all[..1] } else { &all[..] };
        for context in killed {
            world.platform.kill(*context).await.unwrap();
        }
        let (followed, of) = self.progress(world).await;
        println!("{followed} of {of} bookings had followed when it was killed");
        assert_eq!(of, bookings.len());
        assert!((200..of).contains(&followed), "{followed} of {of} had followed");

        for context in killed {
            world.platform.start(*context).await.unwrap();
        }
        eventually_within(LONG, "all follow", || async {
            let report = world.platform.audit(Duration::from_secs(30)).await.unwrap();
            (report.clean && report.text.contains("audit: 0 broken, 0 in flight")).then_some(())
        })
        .await;
        bounded(&before, &peaks(world).await);
    }

    /// How many have followed, of how many, as an operator sees it.
    async fn progress(&self, world: &World) -> (usize, usize) {
        let told = world.platform.operate(&["audit"]).await.unwrap().stdout;
        let line = told
            .lines()
            .find(|line| line.contains(&self.showing) && line.ends_with("bookings have followed"));
        let line = line.unwrap_or_else(|| panic!("no progress is shown:\n{told}"));
        let numbers: Vec<_> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        assert_eq!(numbers.len(), 2, "{line}");
        (numbers[0], numbers[1])
    }

    /// This was said of each booking, and once.
    async fn said_once(&self, world: &World, context: Context, name: &str) {
        let said = world.platform.said(context).await.unwrap();
        let said = said.into_iter().filter(|it| it.name == name);
        let mut of: Vec<_> = said.map(|it| it.correlation).collect();
        of.sort_unstable();
        assert!(of == self.bookings(), "{name} was said {} times", of.len());
    }
}

// === impl Holder ===

impl Holder {
    /// Their bookings, all of which are as they should be.
    async fn has(&self, is_right: impl Fn(&Booking) -> bool) {
        let bookings = self.person.bookings().await.unwrap();
        assert_eq!(bookings.len(), self.bookings.len());
        let wrong = bookings.iter().find(|it| !is_right(it));
        assert!(wrong.is_none(), "{wrong:?}");
    }

    /// They were told exactly this of each booking.
    async fn was_told(&self, kinds: &[NoticeKind]) {
        let mut told: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for notice in self.person.all_notices().await.unwrap() {
            told.entry(notice.booking_id.clone()).or_default().push(notice.kind());
        }
        let mut expected = [&BOUGHT, kinds].concat();
        expected.sort_unstable();
        assert!(told.keys().eq(sorted(&self.bookings)), "{} bookings", told.len());
        for (booking, mut told) in told {
            told.sort_unstable();
            assert_eq!(told, expected, "{booking}");
        }
    }

    /// One payment a booking, and it was given back.
    async fn is_refunded(&self) {
        let request = ListPaymentsRequest { page_size: 200, ..ListPaymentsRequest::default() };
        let mut payment = self.person.client(Context::PAYMENT).payment();
        let payments = payment.list_payments(request).await.unwrap().into_inner().payments;
        let of: Vec<_> = payments.iter().map(|it| it.booking_id.clone()).collect();
        assert!(sorted(&of).eq(sorted(&self.bookings)), "{} payments", of.len());
        for payment in payments {
            assert_eq!(payment.state(), PaymentState::Cancelled, "{payment:?}");
            assert_eq!(payment.amount, Some(won(9_000)), "{payment:?}");
        }
    }
}

fn sorted(ids: &[String]) -> impl Iterator<Item = &String> {
    let mut ids: Vec<_> = ids.iter().collect();
    ids.sort_unstable();
    ids.into_iter()
}

/// The most memory that each process has had so far.
async fn peaks(world: &World) -> BTreeMap<String, u64> {
    let contexts = if world.is_single() { &CONTEXTS[..1] } else { &CONTEXTS[..] };
    let mut peaks = BTreeMap::new();
    for context in contexts {
        let peak = world.platform.peak_memory(*context).await.unwrap();
        peaks.insert(context.to_string(), peak);
    }
    peaks
}

fn bounded(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) {
    for (process, peak) in now {
        let (peak, before) = (peak >> 20, before[process] >> 20);
        println!("{process} has had {peak} MiB at most, {before} before");
        assert!(peak < before + (ROOM >> 20), "{process} has had {peak} MiB, {before} before");
    }
}

/// D-9, FR-21, FR-42, FR-43, FR-51, FR-52: it will not take place. Each booking is cancelled, its payment given back and its
/// holder told, once; the provider's ledger says the same, or the audit would not be clean.
async fn a_cancelled_showing_refunds_all_its_holders_once(world: World) {
    let sold_out = SoldOut::new(&world).await;
    let admin = world.admin();
    let request = CancelShowingRequest { showing_id: sold_out.showing.clone() };
    admin.client(Context::SEATING).seating().cancel_showing(request).await.unwrap();
    let is_cancelled = |it: &Booking| it.state() == BookingState::Cancelled;
    sold_out.is_interrupted(&world, is_cancelled).await;

    for holder in &sold_out.holders {
        holder.has(is_cancelled).await;
        holder.is_refunded().await;
        holder.was_told(&[BookingCancelled, PaymentCancelled, DeliveryCancelled]).await;
    }
    sold_out.said_once(&world, Context::BOOKING, "BookingCancelled").await;
    sold_out.said_once(&world, Context::PAYMENT, "PaymentCancelled").await;
    let showing = admin.showing(&sold_out.showing).await.unwrap();
    assert_eq!((showing.seats_held, showing.seats_sold), (0, 0));
}

/// FR-04, FR-53: it begins at another time. Each booking follows, each holder is told once, and my page shows it.
async fn a_moved_showing_tells_all_its_holders_once(world: World) {
    let sold_out = SoldOut::new(&world).await;
    let admin = world.admin();
    let moved = admin.reschedule(&sold_out.showing, 2 * DAY, DAY / 12).await.unwrap().start_time;
    let has_moved = |it: &Booking| it.start_time == moved;
    sold_out.is_interrupted(&world, has_moved).await;

    let request = ListMyBookingsRequest { page_size: 200, ..ListMyBookingsRequest::default() };
    for holder in &sold_out.holders {
        holder.has(|it| has_moved(it) && it.state() == BookingState::Confirmed).await;
        holder.was_told(&[ShowingRescheduled]).await;
        let mut page = holder.person.client(Context::MYPAGE).my_page();
        let shown = page.list_my_bookings(request.clone()).await.unwrap().into_inner().bookings;
        assert_eq!(shown.len(), holder.bookings.len());
        assert!(
            shown.iter().all(|it| it.start_time == moved),
            "{} sees {shown:?}",
            holder.person.sub
        );
    }
    sold_out.said_once(&world, Context::BOOKING, "BookingRescheduled").await;
}

macro_rules! thousands {
    ($scenario:ident) => {
        mod $scenario {
            use super::*;

            #[tokio::test]
            async fn single() {
                run_thousands(Topology::Single, settings(Topology::Single), super::$scenario).await;
            }

            #[tokio::test]
            async fn fleet() {
                run_thousands(Topology::Fleet, settings(Topology::Fleet), super::$scenario).await;
            }
        }
    };
}

thousands!(a_cancelled_showing_refunds_all_its_holders_once);
thousands!(a_moved_showing_tells_all_its_holders_once);
