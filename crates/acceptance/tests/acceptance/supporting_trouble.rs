//! Supporting contexts are away for a whole evening, one after another, then all of them at once: tickets are sold as if
//! they were there; when they are back they catch up from their streams, and nothing is missing.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::catalog::v1::Title;
use boxoffice_acceptance::delivery::v1::{DeliveryMethod, DeliveryState};
use boxoffice_acceptance::mypage::v1::{
    BookingStatus, BookingView, DeliveryStatus, LicenseStatus, PaymentStatus,
};
use boxoffice_acceptance::notification::v1::NoticeKind;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::review::v1::ReviewState;
use boxoffice_acceptance::streaming::v1::LicenseState;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, eventually, in_both,
};
use tonic::Code;

/// Selling goes on without any of them (NFR-11).
const SUPPORTING: [Context; 5] = [
    Context::DELIVERY,
    Context::STREAMING,
    Context::REVIEW,
    Context::NOTIFICATION,
    Context::MYPAGE,
];

/// What is on.
struct Stage {
    /// Of a play that the customers have seen, so that they may review it.
    play: Title,
    film: Title,
    /// Of the evening that tickets are sold for.
    showing: String,
}

/// What a customer has bought.
struct Bought {
    tickets: String,
    parcel: String,
    film: String,
    paid_later: String,
    given_back: String,
}

/// NFR-11, NFR-13: each of them killed for a whole evening, one after another.
async fn each_may_be_away_while_tickets_are_sold(world: World) {
    let customers = SUPPORTING.map(|away| world.customer(&format!("without-{away}")));
    let stage = Stage::set(&world, &customers).await;
    for (number, (customer, away)) in (1..).zip(customers.iter().zip(SUPPORTING)) {
        stage.evening(&world, customer, &[away]).await;
        world.nobody().sees_rating(&stage.play.title_id, 4.0, number).await;
    }
}
in_both!(each_may_be_away_while_tickets_are_sold);

/// NFR-11, NFR-13: all of them at once.
async fn all_may_be_away_at_once_while_tickets_are_sold(world: World) {
    let customer = world.customer("without-any");
    let stage = Stage::set(&world, std::slice::from_ref(&customer)).await;
    stage.evening(&world, &customer, &SUPPORTING).await;
    world.nobody().sees_rating(&stage.play.title_id, 4.0, 1).await;
}
in_both!(all_may_be_away_at_once_while_tickets_are_sold);

// === impl Stage ===

impl Stage {
    /// A play that these customers have just seen, and what is on next.
    async fn set(world: &World, customers: &[Person]) -> Self {
        let admin = world.admin();
        let play = admin.register_musical("The Cherry Orchard").await;
        let seen = admin.schedule(Plan::general(20, 9_000).of_title(&play.title_id)).await;
        for customer in customers {
            customer.buy(Wish::places(&seen, 1).paid_by(VISA)).await;
        }
        let second = Duration::from_secs(1);
        admin.reschedule(&seen, second, second).await.unwrap();
        let film = admin.register_film("The Third Man").await;
        let showing = admin.schedule(Plan::general(100, 9_000).of_title(&play.title_id)).await;
        world.comes_to_rest().await;
        Self { play, film, showing }
    }

    /// A whole evening without some contexts, and what is found when they are back.
    async fn evening(&self, world: &World, customer: &Person, away: &[Context]) {
        let sold = customer.showing(&self.showing).await.unwrap().seats_sold;
        for context in away {
            world.platform.down(*context).await.unwrap();
        }
        let bought = self.sells(customer, away).await;
        customer.sees_seats(&self.showing, 100 - sold - 4, 0, sold + 4).await;
        for context in away {
            self.is_missed(world, customer, &bought, *context).await;
        }
        if !away.contains(&Context::REVIEW) {
            self.is_reviewed_by(customer).await;
        }
        for context in away {
            world.platform.heal(*context).await.unwrap();
        }
        if away.contains(&Context::REVIEW) {
            self.is_reviewed_by(customer).await;
        }
        bought.arrives_at(world, customer).await;
        world.comes_to_rest().await;
        bought.is_told_to(customer).await;
        bought.is_shown_to(world, customer).await;
    }

    async fn sells(&self, customer: &Person, away: &[Context]) -> Bought {
        let tickets = customer.buy(Wish::places(&self.showing, 2).paid_by(VISA)).await;
        let parcel = Wish::places(&self.showing, 1).paid_by(VISA);
        let parcel = parcel.sent_to("Kim Yuna", "+82 2 312 3456", "12 Sejong-daero, Seoul");
        let parcel = customer.buy(parcel).await;
        let film = customer.buy(Wish::home_movie(&self.film.title_id).paid_by(VISA)).await;
        let paid_later = customer.place(Wish::places(&self.showing, 1)).await.unwrap().booking_id;
        let paid = customer.pay(&paid_later, VISA).await.unwrap();
        assert_eq!(paid.state(), BookingState::Confirmed);
        let given_back =
            customer.buy(Wish::places(&self.showing, 1).paid_by(VISA)).await.booking_id;
        if !away.contains(&Context::DELIVERY) {
            customer.sees_delivery(&given_back, DeliveryState::Completed).await;
        }
        let cancelled = customer.cancel(&given_back).await.unwrap();
        assert_eq!(cancelled.state(), BookingState::Cancelled);
        customer.sees_payments(&given_back, &[Money::Cancelled]).await;
        let [tickets, parcel, film] = [tickets, parcel, film].map(|it| it.booking_id);
        Bought { tickets, parcel, film, paid_later, given_back }
    }

    async fn is_reviewed_by(&self, customer: &Person) {
        let review = eventually("who was there may review it", || async {
            customer.review(&self.play.title_id, 4, "Chop, chop.").await.ok()
        });
        assert_eq!(review.await.state(), ReviewState::Published);
    }

    /// Nobody answers for it, with a hint when to come back where there is somebody to give one; in one process, where it
    /// can still be read, it knows nothing of what was bought meanwhile.
    async fn is_missed(&self, world: &World, customer: &Person, bought: &Bought, away: Context) {
        let found = match away.as_str() {
            "delivery" => customer.deliveries(&bought.tickets).await.map(|it| it.len()),
            "streaming" => customer.licenses(&bought.film).await.map(|it| it.len()),
            "notification" => customer.notices(&bought.tickets).await.map(|it| it.len()),
            "mypage" => match customer.page(&bought.tickets).await {
                Err(status) if status.code() == Code::NotFound => Ok(0),
                answer => answer.map(|_| 1),
            },
            _ => customer.review(&self.play.title_id, 4, "Chop, chop.").await.map(|_| 1),
        };
        match found {
            Ok(number) => assert!(world.is_single() && number == 0, "{away}: {number} found"),
            Err(status) if world.is_single() => {
                let refusal = Err::<(), _>(status).refused();
                assert!(refusal.retry.is_some(), "{away}: {refusal:?}");
            }
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{away}: {status:?}"),
        }
        if away == Context::STREAMING {
            let refusal = customer.cancel(&bought.film).await.refused();
            let refusal = refusal.with(Code::Unavailable, "PEER_UNAVAILABLE");
            assert!(refusal.retry.is_some(), "{refusal:?}");
            let stands = customer.get(&bought.film).await.unwrap();
            assert_eq!(stands.state(), BookingState::Confirmed);
        }
    }
}

// === impl Bought ===

impl Bought {
    /// Tickets and licence come, and the customer does with them what they like.
    async fn arrives_at(&self, world: &World, customer: &Person) {
        let delivery = customer.sees_delivery(&self.tickets, DeliveryState::Completed).await;
        assert_eq!(delivery.tickets.len(), 2);
        world.admin().check_in(&delivery.tickets[0].code).await.unwrap();
        customer.sees_delivery(&self.paid_later, DeliveryState::Completed).await;
        customer.sees_delivery(&self.given_back, DeliveryState::Cancelled).await;

        let parcel = customer.sees_parcel(&self.parcel).await;
        assert_eq!(parcel.method(), DeliveryMethod::Post);
        let arrived = world.admin().complete(&parcel.delivery_id).await.unwrap();
        assert_eq!(arrived.state(), DeliveryState::Completed);

        let license = customer.sees_license(&self.film, LicenseState::Granted).await;
        let watched = customer.watch_title(&license.license_id).await.unwrap();
        assert_eq!(watched.state(), LicenseState::Watched);
    }

    /// Of everything, and of nothing twice.
    async fn is_told_to(&self, customer: &Person) {
        use NoticeKind::{
            BookingCancelled, BookingConfirmed, DeliveryCancelled, DeliveryCompleted,
            DeliveryStarted, LicenseGranted, PaymentApproved, PaymentCancelled,
        };
        let bought = [PaymentApproved, BookingConfirmed, DeliveryStarted, DeliveryCompleted];
        for booking in [&self.tickets, &self.parcel, &self.paid_later] {
            customer.is_told(booking, &bought).await;
        }
        customer.is_told(&self.film, &[PaymentApproved, BookingConfirmed, LicenseGranted]).await;

        let given_back = [
            PaymentApproved,
            BookingConfirmed,
            BookingCancelled,
            PaymentCancelled,
            DeliveryCancelled,
        ];
        let told = customer.notices(&self.given_back).await.unwrap();
        let told: Vec<_> = told.iter().map(|it| it.kind()).collect();
        for kind in given_back {
            assert_eq!(told.iter().filter(|it| **it == kind).count(), 1, "{kind:?} of {told:?}");
        }
        // A delivery that was away may hear of the refund first; then there never were any tickets to tell of.
        let sent = told.iter().filter(|it| [DeliveryStarted, DeliveryCompleted].contains(it));
        let sent = sent.count();
        assert!([0, 2].contains(&sent) && told.len() == given_back.len() + sent, "{told:?}");
    }

    /// As if nobody had been away, for the customer and for customer care alike.
    async fn is_shown_to(&self, world: &World, customer: &Person) {
        let arrived =
            (BookingStatus::Confirmed, PaymentStatus::Approved, DeliveryStatus::Completed);
        let history = [
            "BookingConfirmed",
            "BookingPlaced",
            "DeliveryCompleted",
            "DeliveryStarted",
            "PaymentApproved",
            "SeatsHeld",
            "SeatsSold",
        ];
        for booking in [&self.tickets, &self.parcel, &self.paid_later] {
            let (view, steps) = customer.page(booking).await.unwrap();
            assert_eq!((statuses(&view), &*view.title_name), (arrived, "The Cherry Orchard"));
            let mut names: Vec<_> = steps.iter().map(|it| &*it.name).collect();
            names.sort_unstable();
            assert_eq!(names, history, "{booking}");
            assert_eq!(world.care().care_page(booking).await.unwrap(), (view, steps));
        }
        let (film, _) = customer.page(&self.film).await.unwrap();
        let standing = (film.booking_status(), film.payment_status(), film.license_status());
        let watched = (BookingStatus::Confirmed, PaymentStatus::Approved, LicenseStatus::Watched);
        assert_eq!((standing, &*film.title_name), (watched, "The Third Man"));
        let (given_back, _) = customer.page(&self.given_back).await.unwrap();
        let refunded =
            (BookingStatus::Cancelled, PaymentStatus::Cancelled, DeliveryStatus::Cancelled);
        assert_eq!(statuses(&given_back), refunded);
    }
}

/// Booking, payment and delivery, as my page shows them.
fn statuses(booking: &BookingView) -> (BookingStatus, PaymentStatus, DeliveryStatus) {
    (booking.booking_status(), booking.payment_status(), booking.delivery_status())
}
