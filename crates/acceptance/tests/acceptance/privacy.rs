//! A person asks for their data, then for its end: nothing says who they are any more, anywhere, and the books balance.

mod traces;

use std::sync::Arc;
use std::time::Duration;

use boxoffice_acceptance::booking::v1::Contact;
use boxoffice_acceptance::catalog::v1::Title;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::RescheduleShowingRequest;
use boxoffice_acceptance::streaming::v1::LicenseState;
use boxoffice_acceptance::{
    Context, Fleet, Person, Plan, Refused as _, Settings, Single, VISA, Wish, World, eventually,
    id, in_fleet, in_future, in_single,
};
use serde_json::Value;
use tonic::Code;

/// Somebody, and what only they would say of themselves.
struct Somebody {
    person: Person,
    contact: Contact,
    opinion: String,
    /// Of the booking that is over.
    attended: String,
    request_id: String,
    cancelled: String,
}

/// What is sold, and to be looked at.
struct Programme {
    film: Title,
    showing: String,
}

impl Somebody {
    /// Books by post, gives one booking back, watches at home, and says how it was.
    async fn lives(world: &World, name: &str, programme: &Programme, row: &str) -> Self {
        let person = world.customer(name);
        let contact = Contact {
            name: format!("{name} Kim-Needle"),
            phone: format!("+82 2 312 {name}"),
            email: format!("{name}-needle@example.org"),
            address: format!("12 {name}-daero, Seoul"),
            language: "ko".to_owned(),
        };
        let opinion = format!("{name} wept all through the last act");
        let request_id = id();
        let (attended, cancelled) = (String::new(), String::new());
        let mut who = Self { person, contact, opinion, attended, request_id, cancelled };
        let (person, opinion) = (who.person.clone(), who.opinion.clone());
        let first = who.booked(row, "1", programme).under(&who.request_id);
        who.attended = person.buy(first).await.booking_id;
        person.sees_parcel(&who.attended).await;
        who.cancelled = person.buy(who.booked(row, "2", programme)).await.booking_id;
        person.cancel(&who.cancelled).await.unwrap();
        person.sees_payments(&who.cancelled, &[Money::Cancelled]).await;
        let watched = person.buy(Wish::home_movie(&programme.film.title_id).paid_by(VISA)).await;
        let license = person.sees_license(&watched.booking_id, LicenseState::Granted).await;
        person.watch_title(&license.license_id).await.unwrap();
        eventually("who watched it may review it", || async {
            person.review(&programme.film.title_id, 4, &opinion).await.ok()
        })
        .await;
        who
    }

    /// Their wish for a seat.
    fn booked(&self, row: &str, seat: &str, programme: &Programme) -> Wish {
        let wish = Wish::seats(&programme.showing, &[format!("{row}-{seat}")]);
        wish.paid_by(VISA).but(|request| request.contact = Some(self.contact.clone()))
    }

    fn needles(&self) -> Vec<String> {
        let Contact { name, phone, email, address, language: _ } = self.contact.clone();
        vec![self.person.sub.clone(), name, phone, email, address, self.opinion.clone()]
    }
}

/// `boxoffice privacy …` on a platform: what it printed, and whether it was pleased.
async fn privacy(world: &World, command: &[&str]) -> (bool, String) {
    let output = world.platform.operate(&[&["privacy"], command].concat()).await.unwrap();
    (output.status.success(), output.text())
}

async fn erase(world: &World, sub: &str, more: &[&str]) -> (bool, String) {
    privacy(world, &[&["erase", "--sub", sub], more].concat()).await
}

/// What every context knows, without when it was asked.
async fn export(world: &World, sub: &str) -> Value {
    let command = ["privacy", "export", "--sub", sub];
    let output = world.platform.operate(&command).await.unwrap();
    assert!(output.status.success(), "{}", output.text());
    let mut document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["sub"], sub);
    document["contexts"].take()
}

fn rows<'a>(known: &'a Value, context: Context, table: &str) -> &'a [Value] {
    known[context.as_str()][table].as_array().map_or(&[], Vec::as_slice)
}

/// Where any of these words is found in what the platform keeps.
async fn found(words: &[String], traces: impl AsyncFn(&str) -> Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        found.extend(traces(word).await.into_iter().map(|place| format!("{word}: {place}")));
    }
    found
}

/// Issue 5, 12: as the operator does it, from the question to the second time.
async fn forgotten(world: World, traces: impl AsyncFn(&str) -> Vec<String>) {
    let admin = world.admin();
    let film = admin.register_film("The Third Man").await;
    let showing = admin.schedule(Plan::rows(2, 10, 90_000).of_title(&film.title_id)).await;
    let programme = Programme { film, showing };
    let yuna = Somebody::lives(&world, "yuna", &programme, "A").await;
    let bob = Somebody::lives(&world, "bob", &programme, "B").await;
    admin.sees_rating(&programme.film.title_id, 4.0, 2).await;
    world.comes_to_rest().await;
    exported(&export(&world, &yuna.person.sub).await, &yuna, &bob);
    for needle in yuna.needles() {
        assert!(!traces(&needle).await.is_empty(), "{needle} was never there");
    }
    let said = traces(&yuna.person.sub).await;
    let log = |place: &String| place.contains("events.db") || place.ends_with(".blk");
    assert!(said.iter().any(log), "no event was about them: {said:?}");

    let sub = &*yuna.person.sub;
    let (done, told) = erase(&world, sub, &["--yes"]).await;
    assert!(!done && told.contains("showing still to come; cancel it, or wait"), "{told}");
    is_over(&admin, &programme.showing).await;
    let told = eventually("nothing needs them any more", || async {
        let (done, told) = erase(&world, sub, &[]).await;
        done.then_some(told)
    })
    .await;
    assert!(told.contains("booking: 3 bookings") && told.contains("nothing was changed"), "{told}");
    assert_eq!(rows(&export(&world, sub).await, Context::BOOKING, "bookings").len(), 3);
    world.comes_to_rest().await;
    let bobs = export(&world, &bob.person.sub).await;

    // It dies half-way, and is done again.
    let (done, told) = erase(&world, sub, &["--yes", "--abort-at", "after:erase-payment"]).await;
    assert!(!done, "{told}");
    let (done, told) = erase(&world, sub, &["--yes"]).await;
    assert!(done && told.contains("is erased"), "{told}");
    is_gone(&world, &yuna, &bob, &traces).await;
    admin.sees_rating(&programme.film.title_id, 4.0, 2).await;
    admin.sees_seats(&programme.showing, 18, 0, 2).await;
    assert_eq!(export(&world, &bob.person.sub).await, bobs);

    let (done, told) = erase(&world, sub, &["--yes"]).await;
    assert!(done && told.contains(&format!("nothing is known of {sub}")), "{told}");
    let rebuilt = world.platform.operate(&["rebuild", "mypage"]).await.unwrap();
    assert!(rebuilt.status.success(), "{}", rebuilt.text());
    assert!(!rebuilt.stdout.contains("cannot be read"), "{}", rebuilt.stdout);
    is_gone(&world, &yuna, &bob, &traces).await;
    let again = yuna.booked("A", "1", &programme).under(&yuna.request_id);
    let refusal = yuna.person.place(again).await.refused();
    refusal.with(Code::InvalidArgument, "REQUEST_ID_REUSED");
}

/// All of theirs is in it, and nothing of anybody else's.
fn exported(known: &Value, whose: &Somebody, other: &Somebody) {
    let text = known.to_string();
    for needle in whose.needles() {
        assert!(text.contains(&needle), "{needle} is missing: {known:#}");
    }
    for needle in other.needles().iter().chain([&other.attended, &other.cancelled]) {
        assert!(!text.contains(needle.as_str()), "{needle} is somebody else's: {known:#}");
    }
    for (context, table, count) in [
        (Context::BOOKING, "bookings", 3),
        (Context::PAYMENT, "payments", 3),
        (Context::DELIVERY, "deliveries", 2),
        (Context::DELIVERY, "tickets", 2),
        (Context::STREAMING, "licenses", 1),
        (Context::REVIEW, "reviews", 1),
        (Context::MYPAGE, "bookings", 3),
    ] {
        assert_eq!(rows(known, context, table).len(), count, "{context} {table}: {known:#}");
    }
    assert!(rows(known, Context::NOTIFICATION, "notices").len() >= 6, "{known:#}");
    assert!(rows(known, Context::MYPAGE, "steps").len() >= 12, "{known:#}");
}

/// Nothing of them is anywhere, what was theirs is one nobody's, and everybody else has what they had.
async fn is_gone(
    world: &World,
    gone: &Somebody,
    other: &Somebody,
    traces: &impl AsyncFn(&str) -> Vec<String>,
) {
    world.comes_to_rest().await;
    assert_eq!(found(&gone.needles(), traces).await, Vec::<String>::new());
    assert_eq!(export(world, &gone.person.sub).await, serde_json::json!({}));
    assert_eq!(gone.person.bookings().await.unwrap(), []);
    let (care, mut nobody) = (world.care(), Vec::new());
    for booking_id in [&gone.attended, &gone.cancelled] {
        let (shown, _) = care.care_page(booking_id).await.unwrap();
        let booking = care.get(booking_id).await.unwrap();
        let payments = care.payments(booking_id).await.unwrap();
        assert_eq!(booking.contact, Some(Contact::default()));
        nobody.extend([shown.customer_id, booking.customer_id]);
        nobody.extend(payments.into_iter().map(|payment| payment.customer_id));
    }
    assert!(
        nobody[0].starts_with("erased-") && nobody.iter().all(|it| *it == nobody[0]),
        "{nobody:?}"
    );
    let (page, _) = other.person.page(&other.attended).await.unwrap();
    assert_eq!(page.customer_id, other.person.sub);
    assert_eq!(
        other.person.get(&other.attended).await.unwrap().contact,
        Some(other.contact.clone())
    );
}

/// The showing takes place, and ends, right now.
async fn is_over(admin: &Person, showing: &str) {
    let request = RescheduleShowingRequest {
        showing_id: showing.to_owned(),
        start_time: Some(in_future(Duration::from_secs(1))),
        end_time: Some(in_future(Duration::from_secs(2))),
    };
    admin.client(Context::SEATING).seating().reschedule_showing(request).await.unwrap();
}

async fn one_process_forgets_a_person(world: World, single: Arc<Single>) {
    forgotten(world, async |word| traces::in_files(single.data(), word)).await;
}
in_single!(one_process_forgets_a_person, Settings::default());

async fn a_fleet_forgets_a_person(world: World, fleet: Arc<Fleet>) {
    forgotten(world, async |word| traces::in_fleet(&fleet, word).await).await;
}
in_fleet!(a_fleet_forgets_a_person, Settings::default());
