//! What booking tells our own services: who was there, and how to reach them.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::{
    CheckAttendanceRequest, Contact, ContactPurpose, GetContactRequest,
};
use boxoffice_acceptance::seating::v1::RescheduleShowingRequest;
use boxoffice_acceptance::streaming::v1::LicenseState;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, eventually, id, in_both, in_future,
};
use tonic::{Code, Status};

async fn attended(asker: &Person, who: &Person, title_id: &str) -> Result<bool, Status> {
    let (customer_id, title_id) = (who.sub.clone(), title_id.to_owned());
    let request = CheckAttendanceRequest { customer_id, title_id };
    let answer = asker.client(Context::BOOKING).lookup().check_attendance(request).await?;
    Ok(answer.into_inner().attended)
}

/// FR-60: at home, once it was watched.
async fn who_watched_at_home_was_there(world: World) {
    let (alice, bob) = (world.customer("alice"), world.customer("bob"));
    let film = world.admin().register_film("The Third Man").await;
    let booking = alice.buy(Wish::home_movie(&film.title_id).paid_by(VISA)).await;
    let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
    let service = world.service();
    assert!(!attended(&service, &alice, &film.title_id).await.unwrap(), "not watched yet");

    alice.watch_title(&license.license_id).await.unwrap();
    eventually("booking hears of it", || async {
        attended(&service, &alice, &film.title_id).await.ok()?.then_some(())
    })
    .await;
    assert!(!attended(&service, &bob, &film.title_id).await.unwrap());
    assert!(!attended(&service, &alice, &id()).await.unwrap(), "another title");
}
in_both!(who_watched_at_home_was_there);

/// FR-04, FR-60: in a showing that has ended, at whatever time it was moved to.
async fn who_has_a_ticket_was_there_when_the_showing_has_ended(world: World) {
    let (admin, alice, service) = (world.admin(), world.customer("alice"), world.service());
    let film = admin.register_film("The Third Man").await;
    let showing = admin.schedule(Plan::rows(1, 4, 9_000).of_title(&film.title_id)).await;
    alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    assert!(!attended(&service, &alice, &film.title_id).await.unwrap(), "it has not ended");

    let request = RescheduleShowingRequest {
        showing_id: showing,
        start_time: Some(in_future(Duration::from_secs(2))),
        end_time: Some(in_future(Duration::from_secs(4))),
    };
    admin.client(Context::SEATING).seating().reschedule_showing(request).await.unwrap();
    eventually("it has ended", || async {
        attended(&service, &alice, &film.title_id).await.ok()?.then_some(())
    })
    .await;
}
in_both!(who_has_a_ticket_was_there_when_the_showing_has_ended);

/// No event carries it; our own services ask for it, and nobody else may.
async fn only_our_own_services_learn_how_to_reach_a_customer(world: World) {
    let (alice, service) = (world.customer("alice"), world.service());
    let film = world.admin().register_film("The Third Man").await;
    let contact = Contact {
        name: "Alice Liddell".to_owned(),
        email: "alice@example.org".to_owned(),
        language: "ko".to_owned(),
        ..Contact::default()
    };
    let wish = Wish::home_movie(&film.title_id).but(|it| it.contact = Some(contact.clone()));
    let booking = alice.place(wish.paid_by(VISA)).await.unwrap();
    let ask = async |person: &Person, booking_id: &str| {
        let (booking_id, purpose) = (booking_id.to_owned(), ContactPurpose::Notice.into());
        let request = GetContactRequest { booking_id, purpose };
        person.client(Context::BOOKING).lookup().get_contact(request).await
    };
    let answer = ask(&service, &booking.booking_id).await.unwrap().into_inner();
    let told = Contact { name: String::new(), ..contact };
    assert_eq!(answer.contact, Some(told), "a notice needs no name");
    ask(&service, &id()).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    for person in [&alice, &world.care(), &world.admin()] {
        assert_eq!(ask(person, &booking.booking_id).await.refused().code, Code::PermissionDenied);
        let refusal = attended(person, &alice, &film.title_id).await.refused();
        assert_eq!(refusal.code, Code::PermissionDenied);
    }
}
in_both!(only_our_own_services_learn_how_to_reach_a_customer);
