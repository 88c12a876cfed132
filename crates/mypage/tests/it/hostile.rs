//! What nobody should send.

use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_eventing::pending;
use tonic::Code;

use crate::said::{Of, Said};
use crate::world::{Kind, World, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_what_cannot_be_is_refused_field_by_field() {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MariaDb] {
        let world = World::on(kind).await;
        let none = pb::SearchBookingsRequest::default();
        let bad = [
            pb::SearchBookingsRequest { customer_id: "a\0b".into(), ..none.clone() },
            pb::SearchBookingsRequest { customer_id: "a".repeat(256), ..none.clone() },
            pb::SearchBookingsRequest { showing_id: "7".into(), ..none.clone() },
            pb::SearchBookingsRequest { title_id: "'; --".into(), ..none.clone() },
            pb::SearchBookingsRequest { booking_status: 77, ..none.clone() },
            pb::SearchBookingsRequest { page_size: -1, ..none.clone() },
            pb::SearchBookingsRequest { page_token: "x".into(), ..none.clone() },
        ];
        for request in bad {
            let answer = world.search(request.clone()).await;
            assert_eq!(refusal(answer).0, Code::InvalidArgument, "{request:?}");
        }
        let odd = pb::SearchBookingsRequest { customer_id: "%_'\\🎟".into(), ..none };
        assert_eq!(world.search(odd).await.unwrap().bookings, []);
        let request = pb::GetMyBookingRequest { booking_id: "7".to_owned() };
        let answer = world.page("alice").get_my_booking(request).await;
        assert_eq!(refusal(answer).0, Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_put_aside_and_the_next_goes_on() {
    let world = World::on(Kind::Sqlite).await;
    let mut said = Said::new();
    let of = Of::new("alice");
    let mut broken = said.placed(Of::new("alice"), &["A-1"]);
    broken.payload = vec![0xff; 9].into();
    world.says([broken, said.placed(of, &["A-1"])]).await;
    assert_eq!(world.list("alice").await.len(), 1);
    assert_eq!(pending(&world.db.read).await.unwrap().dead_letters, 1);
    boxoffice_mypage::rebuild::empty(&world.db).await.unwrap();
    let count = std::sync::Mutex::new(0);
    boxoffice_mypage::rebuild::read_all(&world.db, &world.broker, |read| {
        *count.lock().unwrap() += read.unreadable;
    })
    .await
    .unwrap();
    assert_eq!((count.into_inner().unwrap(), world.list("alice").await.len()), (1, 1));
}
