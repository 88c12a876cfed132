//! A run in which whatever may happen to a booking happens, and what its customers find in the end.

use std::fmt::Debug;
use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::catalog::v1::{
    Kind, Rating, RegisterTitleRequest, Title, UpdateTitleRequest,
};
use boxoffice_acceptance::delivery::v1::{Delivery, DeliveryState};
use boxoffice_acceptance::mypage::v1::{BookingView, Step};
use boxoffice_acceptance::notification::v1::Notice;
use boxoffice_acceptance::seating::v1::CancelShowingRequest;
use boxoffice_acceptance::streaming::v1::{License, LicenseState};
use boxoffice_acceptance::{
    Context, DECLINED, LATE, Person, Plan, VISA, Wish, World, eventually, id, wkt, won,
};
use tonic::Status;

/// Who took part, and what they did that no event can do for them.
pub(super) struct Story {
    admin: Person,
    people: [Person; 3],
    titles: Vec<(RegisterTitleRequest, String)>,
    /// It has arrived.
    parcel: String,
    /// Who has watched what they ordered.
    watched: Vec<(Person, String)>,
}

/// What one customer finds.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    deliveries: Vec<Delivery>,
    licenses: Vec<License>,
    notices: Vec<Notice>,
    pages: Vec<(BookingView, Vec<Step>)>,
    ratings: Vec<Option<Rating>>,
}

const HOUR: Duration = Duration::from_secs(3600);

// === impl Story ===

impl Story {
    pub(super) async fn plays(world: &World) -> Self {
        let people = ["alice", "bob", "carol"].map(|name| world.customer(name));
        let mut story = Self {
            admin: world.admin(),
            people,
            titles: Vec::new(),
            parcel: String::new(),
            watched: Vec::new(),
        };
        let film = story.registers("The Third Man").await;
        let play = story.registers("The Cherry Orchard").await;
        let evening = Plan::rows(4, 10, 90_000).of_title(&play);
        let evening = story.admin.schedule(evening).await;
        let [alice, bob, carol] = story.people.clone();

        let expired = alice.place(Wish::seats(&evening, &["D-1"])).await.unwrap().booking_id;
        let waits = alice.place(Wish::seats(&evening, &["D-2"]).paid_by(LATE)).await.unwrap();
        assert_eq!(waits.state(), BookingState::AwaitingPayment);
        story.tickets_are_sold(&alice, &evening).await;
        story.tickets_come_by_post(&alice, &evening).await;
        story.a_matinee_is_cancelled(&bob, &play).await;
        story.films_are_ordered(&bob, &film).await;
        story.films_are_reviewed(&bob, &carol, &film).await;
        alice.sees(&waits.booking_id, BookingState::Confirmed).await;
        alice.sees(&expired, BookingState::Expired).await;
        story.the_programme_changes(&play, &evening).await;
        story
    }

    /// The catalog knows nothing any more, and the box office still has its lists.
    pub(super) async fn registers_its_titles(&self) {
        for (request, title_id) in &self.titles {
            let catalog = self.admin.client(Context::CATALOG);
            let answer = catalog.catalog().register_title(request.clone()).await.unwrap();
            assert_eq!(answer.into_inner().title.unwrap().title_id, *title_id);
        }
    }

    /// What they did by calls, they do again; what it came to stands in no event that is told again.
    pub(super) async fn people_do_their_part(&self) {
        let delivery = self.people[0].sees_parcel(&self.parcel).await;
        self.admin.complete(&delivery.delivery_id).await.unwrap();
        for (person, booking) in &self.watched {
            let license = person.sees_license(booking, LicenseState::Granted).await;
            person.watch_title(&license.license_id).await.unwrap();
        }
    }

    /// What everybody finds now.
    pub(super) async fn seen(&self) -> Result<Vec<Seen>, Status> {
        let mut seen = Vec::new();
        for person in &self.people {
            seen.push(self.seen_by(person).await?);
        }
        Ok(seen)
    }

    async fn seen_by(&self, person: &Person) -> Result<Seen, Status> {
        let mut pages = Vec::new();
        for booking in person.bookings().await? {
            pages.push(person.page(&booking.booking_id).await?);
        }
        let mut ratings = Vec::new();
        for (_, title_id) in &self.titles {
            ratings.push(person.title(title_id).await?.rating);
        }
        let mut deliveries = person.deliveries("").await?;
        deliveries.iter_mut().for_each(without_its_handling);
        deliveries.sort_by(|one, other| one.booking_id.cmp(&other.booking_id));
        let mut licenses = person.licenses("").await?;
        licenses.iter_mut().for_each(without_its_times);
        licenses.sort_by(|one, other| one.booking_id.cmp(&other.booking_id));
        let notices = person.notices("").await?;
        Ok(Seen { deliveries, licenses, notices, pages, ratings })
    }

    async fn registers(&mut self, name: &str) -> String {
        let title = Title {
            kind: Kind::Film.into(),
            name: name.to_owned(),
            running_time: Some(wkt::Duration { seconds: 5400, nanos: 0 }),
            home_price: Some(won(5_000)),
            ..Title::default()
        };
        let request = RegisterTitleRequest { request_id: id(), title: Some(title) };
        let catalog = self.admin.client(Context::CATALOG);
        let answer = catalog.catalog().register_title(request.clone()).await.unwrap();
        let title_id = answer.into_inner().title.unwrap().title_id;
        self.titles.push((request, title_id.clone()));
        title_id
    }

    async fn tickets_are_sold(&self, alice: &Person, evening: &str) {
        alice.buy(Wish::seats(evening, &["A-1", "A-2"]).paid_by(VISA)).await;
        let rejected = alice.place(Wish::seats(evening, &["A-3"]).paid_by(DECLINED)).await.unwrap();
        assert_eq!(rejected.state(), BookingState::Rejected);
        let taken = alice.place(Wish::seats(evening, &["A-1"]).paid_by(VISA)).await.unwrap();
        assert_eq!(taken.state(), BookingState::Rejected);
        let retried = alice.place(Wish::seats(evening, &["A-4"])).await.unwrap().booking_id;
        let declined = alice.pay(&retried, DECLINED).await.unwrap();
        assert_eq!(declined.state(), BookingState::AwaitingPayment);
        let paid = alice.pay(&retried, VISA).await.unwrap();
        assert_eq!(paid.state(), BookingState::Confirmed);
        let back = alice.buy(Wish::seats(evening, &["A-5"]).paid_by(VISA)).await.booking_id;
        alice.sees_delivery(&back, DeliveryState::Completed).await;
        alice.cancel(&back).await.unwrap();
    }

    async fn tickets_come_by_post(&mut self, alice: &Person, evening: &str) {
        let by_post = async |seat: &str| {
            let wish = Wish::seats(evening, &[seat]).paid_by(VISA);
            let wish = wish.sent_to("Alice Liddell", "+82 2 312 3456", "7 Rabbit Hole Lane");
            let booking = alice.buy(wish).await.booking_id;
            (alice.sees_parcel(&booking).await.delivery_id, booking)
        };
        by_post("B-1").await;
        let (delivery, booking) = by_post("B-2").await;
        self.admin.complete(&delivery).await.unwrap();
        self.parcel = booking;
        let (_, back) = by_post("B-3").await;
        alice.cancel(&back).await.unwrap();
    }

    async fn a_matinee_is_cancelled(&self, bob: &Person, play: &str) {
        let matinee = self.admin.schedule(Plan::general(50, 9_000).of_title(play)).await;
        let booking = bob.buy(Wish::places(&matinee, 2).paid_by(VISA)).await.booking_id;
        bob.sees_delivery(&booking, DeliveryState::Completed).await;
        let request = CancelShowingRequest { showing_id: matinee };
        self.admin.client(Context::SEATING).seating().cancel_showing(request).await.unwrap();
        bob.sees(&booking, BookingState::Cancelled).await;
    }

    async fn films_are_ordered(&self, bob: &Person, film: &str) {
        let order = async || {
            let booking = bob.buy(Wish::home_movie(film).paid_by(VISA)).await.booking_id;
            bob.sees_license(&booking, LicenseState::Granted).await;
            booking
        };
        order().await;
        let back = order().await;
        bob.cancel(&back).await.unwrap();
        bob.sees_license(&back, LicenseState::Revoked).await;
    }

    async fn films_are_reviewed(&mut self, bob: &Person, carol: &Person, film: &str) {
        for person in [bob, carol] {
            let booking = person.buy(Wish::home_movie(film).paid_by(VISA)).await.booking_id;
            let license = person.sees_license(&booking, LicenseState::Granted).await;
            person.watch_title(&license.license_id).await.unwrap();
            self.watched.push((person.clone(), booking));
        }
        let review = async |person: &Person, stars| {
            eventually("who has watched may review", || async {
                person.review(film, stars, "Zither!").await.ok()
            })
            .await
            .review_id
        };
        review(bob, 5).await;
        let hasty = review(carol, 1).await;
        carol.delete_review(&hasty).await.unwrap();
        review(carol, 4).await;
        bob.sees_rating(film, 4.5, 2).await;
    }

    /// All that are left hear of it.
    async fn the_programme_changes(&mut self, play: &str, evening: &str) {
        self.admin.reschedule(evening, 5 * HOUR, 2 * HOUR).await.unwrap();
        self.admin.reschedule(evening, 6 * HOUR, 2 * HOUR).await.unwrap();
        let title = Title {
            title_id: play.to_owned(),
            name: "The Cherry Orchard, once more".to_owned(),
            ..Title::default()
        };
        let request = UpdateTitleRequest { title: Some(title), update_mask: None };
        let catalog = self.admin.client(Context::CATALOG);
        catalog.catalog().update_title(request).await.unwrap();
        let short_lived = self.registers("A Mistake").await;
        self.admin.remove_title(&short_lived).await.unwrap();
        self.titles.pop();
    }
}

// === impl Seen ===

impl Seen {
    /// Checks that it is this, and says what is not.
    pub(super) fn is(&self, expected: &Self) {
        same(&self.deliveries, &expected.deliveries);
        same(&self.licenses, &expected.licenses);
        same(&self.notices, &expected.notices);
        same(&self.pages, &expected.pages);
        same(&self.ratings, &expected.ratings);
    }
}

fn same<T: Debug + PartialEq>(found: &[T], expected: &[T]) {
    let missing: Vec<_> = expected.iter().filter(|it| !found.contains(it)).collect();
    let surplus: Vec<_> = found.iter().filter(|it| !expected.contains(it)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not {missing:#?} but {surplus:#?}");
    assert!(found == expected, "in another order, or twice: {found:#?}");
}

/// When it was handled, and by which key it was signed, is another time's affair; and what was called back before it went
/// out need not have been with the shipper first.
fn without_its_handling(delivery: &mut Delivery) {
    (delivery.create_time, delivery.update_time) = (None, None);
    let is_good = delivery.state() != DeliveryState::Cancelled;
    delivery.parcel = delivery.parcel.take().filter(|_| is_good);
    for ticket in &mut delivery.tickets {
        let is_signed = is_good && !ticket.code.is_empty();
        ticket.code = if is_signed { "signed" } else { "" }.to_owned();
    }
}

fn without_its_times(license: &mut License) {
    (license.create_time, license.update_time) = (None, None);
    license.watch_time = license.watch_time.map(|_| wkt::Timestamp::default());
}
