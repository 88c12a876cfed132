//! Lists, watching, and what our own services ask of a booking.

use std::collections::BTreeSet;
use std::time::Duration;

use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::booking::v1::BookingState;
use boxoffice_runtime::Role;
use boxoffice_testkit::on_every_store;
use tonic::Code;
use uuid::Uuid;

use crate::outside::VISA;
use crate::world::{World, eventually, places, refusal};

on_every_store! {
    /// FR-70: newest first, each once, nobody else's.
    async fn pages_hold_ones_own_bookings_once_newest_first(world: World) {
        let process = world.start().await;
        let showing_id = Uuid::new_v4();
        let alice = world.customer(&process, "alice");
        let mut placed = Vec::new();
        for _ in 0..7 {
            placed.insert(0, alice.place(places(showing_id, 1, "")).await.unwrap());
        }
        // Names that a sloppy comparison takes for hers.
        for sub in ["Alice", "ALICE", "àlice", "bob"] {
            let customer = world.customer(&process, sub);
            let theirs = customer.place(places(showing_id, 1, "")).await.unwrap();
            assert_eq!(customer.list(10, "").await.unwrap().bookings, std::slice::from_ref(&theirs));
            let missing = (Code::NotFound, "BOOKING_NOT_FOUND".to_owned());
            assert_eq!(refusal(alice.get(&theirs.booking_id).await), missing);
        }
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let page = alice.list(3, &token).await.unwrap();
            assert!(page.bookings.len() <= 3);
            found.extend(page.bookings);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(found, placed);
        let foreign = alice.list(3, "").await.unwrap().next_page_token;
        let refused = refusal(world.customer(&process, "bob").list(3, &foreign).await);
        assert_eq!(refused, (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
    }

    /// FR-71: every state it goes through from here on, and a token goes on from there.
    async fn a_booking_is_watched_as_it_changes(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let booking = alice.place(places(Uuid::new_v4(), 1, "")).await.unwrap();
        let watcher = world.caller(&process, "alice", Role::Customer);
        let request = pb::WatchBookingRequest {
            booking_id: booking.booking_id.clone(),
            resume_token: String::new(),
        };
        let mut changes = watcher.booking().watch_booking(request.clone()).await.unwrap().into_inner();
        let first = changes.message().await.unwrap().unwrap();
        assert_eq!(first.booking.unwrap(), booking);
        alice.cancel(&booking).await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(20), changes.message()).await;
        let next = next.unwrap().unwrap().unwrap().booking.unwrap();
        assert_eq!(next.state(), BookingState::Cancelled);
        let resumed = pb::WatchBookingRequest { resume_token: first.resume_token, ..request };
        let mut changes = watcher.booking().watch_booking(resumed).await.unwrap().into_inner();
        assert_eq!(changes.message().await.unwrap().unwrap().booking.unwrap(), next);
    }

    /// FR-15, FR-60: contact data as it was given, in any script, and whether somebody was there.
    async fn contact_and_attendance_are_for_our_own_services(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let contact = pb::Contact {
            name: "앨리스 🎭 Ünal".to_owned(),
            phone: "+82 2 312 3456".to_owned(),
            email: "alice@example.org".to_owned(),
            address: "서울특별시 중구 세종대로 110\n2층".to_owned(),
            language: "ko".to_owned(),
        };
        *world.outside.starts_in.lock().unwrap() = Duration::ZERO;
        let mut request = places(Uuid::new_v4(), 1, VISA);
        request.contact = Some(contact.clone());
        let booking = alice.place(request).await.unwrap();
        assert_eq!(booking.contact.as_ref(), Some(&contact));

        let service = world.caller(&process, "delivery", Role::Service);
        let asked = |purpose: pb::ContactPurpose| {
            let (booking_id, purpose) = (booking.booking_id.clone(), purpose.into());
            pb::GetContactRequest { booking_id, purpose }
        };
        let told = async |purpose| {
            service.lookup().get_contact(asked(purpose)).await.unwrap().into_inner().contact
        };
        let pb::Contact { name, phone, email, address, language } = contact;
        let notice = pb::Contact { email, language, ..pb::Contact::default() };
        assert_eq!(told(pb::ContactPurpose::Unspecified).await.as_ref(), Some(&notice));
        assert_eq!(told(pb::ContactPurpose::Notice).await, Some(notice));
        let parcel = pb::Contact { name, phone, address, ..pb::Contact::default() };
        assert_eq!(told(pb::ContactPurpose::Parcel).await, Some(parcel));
        let asked = asked(pb::ContactPurpose::Notice);
        let nosy = world.caller(&process, "alice", Role::Customer);
        assert_eq!(refusal(nosy.lookup().get_contact(asked).await).0, Code::PermissionDenied);

        let attended = async |customer_id: &str, title_id: Uuid| {
            let (customer_id, title_id) = (customer_id.to_owned(), title_id.to_string());
            let asked = pb::CheckAttendanceRequest { customer_id, title_id };
            service.lookup().check_attendance(asked).await.unwrap().into_inner().attended
        };
        assert!(!attended("alice", world.outside.title_id).await, "it is not over yet");
        let ended = "UPDATE bookings SET ends_at = starts_at";
        sea_orm::ConnectionTrait::execute_unprepared(&world.db.write, ended).await.unwrap();
        eventually("it is over", async || attended("alice", world.outside.title_id).await).await;
        assert!(!attended("Alice", world.outside.title_id).await);
        assert!(!attended("alice", Uuid::new_v4()).await);
    }

    async fn ids_are_told_apart(world: World) {
        let process = world.start().await;
        let alice = world.customer(&process, "alice");
        let placing = (0..40).map(|_| alice.place(places(Uuid::new_v4(), 1, "")));
        let placed = futures::future::join_all(placing).await;
        let ids: BTreeSet<_> = placed.into_iter().map(|it| it.unwrap().booking_id).collect();
        assert_eq!(ids.len(), 40);
        let page = alice.list(100, "").await.unwrap();
        assert_eq!(page.bookings.into_iter().map(|it| it.booking_id).collect::<BTreeSet<_>>(), ids);
    }
}
