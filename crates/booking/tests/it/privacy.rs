//! Who booked is forgotten once nothing needs them any more; what was booked is not.

use boxoffice_booking::privacy::{self, PRIVACY};
use boxoffice_contracts::booking::v1 as pb;
use boxoffice_kernel::CustomerId;
use boxoffice_runtime::Role;
use boxoffice_runtime::privacy::{Erasure, Known};
use boxoffice_testkit::on_every_store;
use sea_orm::ConnectionTrait as _;
use tonic::Code;
use uuid::Uuid;

use crate::outside::VISA;
use crate::world::{World, places, refusal};

async fn known(world: &World, who: &str) -> Known {
    (PRIVACY.export)(&world.db.read, &CustomerId::new(who)).await.unwrap()
}

on_every_store! {
    async fn contact_goes_and_sums_stay_when_the_showing_is_over(world: World) {
        let process = world.start().await;
        let (alice, bob) = (world.customer(&process, "alice"), world.customer(&process, "bob"));
        let mut request = places(Uuid::new_v4(), 2, VISA);
        let address = "1 Sejong-daero, Seoul".to_owned();
        request.contact = Some(pb::Contact { address, ..pb::Contact::default() });
        let booking = alice.place(request.clone()).await.unwrap();
        let bobs = bob.place(places(Uuid::new_v4(), 1, VISA)).await.unwrap();
        let before = known(&world, "alice").await;
        assert_eq!(before.tables["bookings"].len(), 1);
        assert_eq!(before.tables["bookings"][0]["contact"]["address"], "1 Sejong-daero, Seoul");
        assert!(before.unsettled[0].contains("still to come"), "{:?}", before.unsettled);
        let over = "UPDATE bookings SET starts_at = created_at, ends_at = created_at";
        world.db.write.execute_unprepared(over).await.unwrap();
        assert_eq!(known(&world, "alice").await.unsettled, Vec::<String>::new());

        let erasure = privacy::begin(&world.db.write, &CustomerId::new("alice")).await.unwrap();
        assert_eq!(PRIVACY.forget(&world.db, &erasure).await.unwrap(), 1);
        assert_eq!(PRIVACY.forget(&world.db, &erasure).await.unwrap(), 0, "the second time");

        assert!(known(&world, "alice").await.tables.is_empty());
        let asked = alice.get(&booking.booking_id).await;
        assert_eq!(refusal(asked), (Code::NotFound, "BOOKING_NOT_FOUND".to_owned()));
        let again = alice.place(request).await;
        assert_eq!(refusal(again), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
        let care = world.caller(&process, "carol", Role::Care);
        let asked = pb::GetBookingRequest { booking_id: booking.booking_id.clone() };
        let left = care.booking().get_booking(asked).await.unwrap().into_inner().booking.unwrap();
        assert_eq!(left.customer_id, erasure.pseudonym.as_str());
        assert_eq!(left.contact, Some(pb::Contact::default()));
        assert_eq!((left.amount, left.seats), (booking.amount, booking.seats));
        let theirs = bob.get(&bobs.booking_id).await.unwrap();
        assert_eq!(theirs.customer_id, "bob");
    }

    async fn a_pseudonym_is_kept_until_the_erasing_is_done(world: World) {
        let (db, alice) = (&world.db.write, CustomerId::new("alice"));
        assert_eq!(privacy::begun(db, &alice).await.unwrap(), None);
        let first: Erasure = privacy::begin(db, &alice).await.unwrap();
        assert_eq!(privacy::begin(db, &alice).await.unwrap(), first);
        assert_eq!(privacy::begun(db, &alice).await.unwrap().as_ref(), Some(&first));
        let other = privacy::begin(db, &CustomerId::new("bob")).await.unwrap();
        assert_ne!(other.pseudonym, first.pseudonym);
        privacy::done(db, &alice).await.unwrap();
        assert_eq!(privacy::begun(db, &alice).await.unwrap(), None);
        assert_ne!(privacy::begin(db, &alice).await.unwrap().pseudonym, first.pseudonym);
    }
}
