//! One customer with one of everything, for others to try to get at.

use boxoffice_acceptance::booking::v1::{Booking, Contact, Fulfilment};
use boxoffice_acceptance::delivery::v1::{Delivery, DeliveryState};
use boxoffice_acceptance::payment::v1::Payment;
use boxoffice_acceptance::review::v1::Review;
use boxoffice_acceptance::seating::v1::{Hall, Row, SaveHallRequest};
use boxoffice_acceptance::streaming::v1::{License, LicenseState};
use boxoffice_acceptance::{Context, Person, Plan, VISA, Wish, World, eventually, id};

use super::fill::Things;

/// She has booked, paid, got her ticket, a licence and a notice, and has written a review.
pub(super) struct Alice {
    pub(super) person: Person,
    /// Their ids, by the fields of requests.
    pub(super) things: Things,
    /// What is in answers only if they show something of hers.
    pub(super) marks: Vec<String>,
    films: [String; 2],
}

// === impl Alice ===

impl Alice {
    pub(super) async fn with_everything(world: &World) -> Self {
        let (admin, person) = (world.admin(), world.customer("alice"));
        let contact = Contact {
            name: format!("Alice {}", id()),
            phone: format!("+49 {}", id()),
            email: format!("{}@example.com", id()),
            address: format!("Wonderland {}", id()),
            language: "ko".to_owned(),
        };
        let ours = |wish: Wish| wish.paid_by(VISA).but(|it| it.contact = Some(contact.clone()));
        let (seen, unseen) =
            (admin.register_film("Seen").await, admin.register_film("Unseen").await);
        let first = person.buy(ours(Wish::home_movie(&seen.title_id))).await;
        let license = person.sees_license(&first.booking_id, LicenseState::Granted).await;
        person.watch_title(&license.license_id).await.unwrap();
        let review = eventually("she may review what she watched", || async {
            person.review(&seen.title_id, 5, "Curious.").await.ok()
        });
        let review = review.await;
        let second = person.buy(ours(Wish::home_movie(&unseen.title_id))).await;
        let license = person.sees_license(&second.booking_id, LicenseState::Granted).await;

        let showing_id = admin.schedule(Plan::general(100, 9_000).of_title(&seen.title_id)).await;
        let ticket = |wish: Wish| wish.but(|it| it.fulfilment = Fulfilment::ETicket.into());
        let booking = person.buy(ticket(ours(Wish::places(&showing_id, 1)))).await;
        let booking_id = booking.booking_id.clone();
        let mut delivery = person.sees_delivery(&booking_id, DeliveryState::Completed).await;
        let ticket = delivery.tickets.remove(0);
        let notice = eventually("she has a notice", || async {
            person.notices(&booking_id).await.ok()?.pop()
        });
        let notice = notice.await;
        eventually("her page shows it", || async { person.page(&booking_id).await.ok() }).await;
        let things = Things::from([
            ("booking_id", booking_id),
            ("payment_id", booking.payment.unwrap().payment_id),
            ("delivery_id", delivery.delivery_id),
            ("ticket_id", ticket.ticket_id),
            ("code", ticket.code),
            ("license_id", license.license_id),
            ("review_id", review.review_id),
            ("notice_id", notice.notice_id),
            ("customer_id", person.sub.clone()),
            ("title_id", seen.title_id.clone()),
            ("showing_id", showing_id),
            ("hall_id", hall(&admin).await),
        ]);
        let marks = [contact.name, contact.phone, contact.email, contact.address];
        let marks = marks.into_iter().chain([person.sub.clone()]).collect();
        Self { person, things, marks, films: [seen.title_id, unseen.title_id] }
    }

    /// What nobody else can change.
    pub(super) async fn sees(
        &self,
    ) -> (Vec<Booking>, Vec<Payment>, Vec<Delivery>, Vec<License>, Vec<Review>) {
        let alice = &self.person;
        let mut reviews = Vec::new();
        for film in &self.films {
            reviews.extend(alice.reviews(film).await.unwrap());
        }
        (
            alice.bookings().await.unwrap(),
            alice.payments("").await.unwrap(),
            alice.deliveries("").await.unwrap(),
            alice.licenses("").await.unwrap(),
            reviews,
        )
    }
}

async fn hall(admin: &Person) -> String {
    let row = Row { label: "A".to_owned(), seats: 4, grade: "R".to_owned(), ..Row::default() };
    let hall = Hall { hall_id: id(), name: "The hall".to_owned(), rows: vec![row] };
    let request = SaveHallRequest { hall: Some(hall) };
    let saved = admin.client(Context::SEATING).seating().save_hall(request).await.unwrap();
    saved.into_inner().hall.unwrap().hall_id
}
