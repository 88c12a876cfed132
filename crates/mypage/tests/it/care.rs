//! What customer care finds.

use std::time::Duration;

use boxoffice_contracts::convert::timestamp;
use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_runtime::Role;
use tonic::Code;

use crate::said::{Of, Said};
use crate::world::{Kind, World, refusal};

fn ids(found: pb::SearchBookingsResponse) -> Vec<String> {
    found.bookings.into_iter().map(|it| it.booking_id).collect()
}

on_every_store! {
    async fn bookings_are_found_by_customer_showing_title_status_and_by_being_stuck(world: World) {
        let mut said = Said::new();
        let mut other = Said::new();
        let (confirmed, waiting) = (Of::new("alice"), Of::new("bob"));
        let (at_home, elsewhere) = (Of::new("alice"), Of::new("bob"));
        let heard = vec![
            said.scheduled(), said.placed(confirmed, &["A-1"]), said.confirmed(confirmed, &["A-1"], 4),
            said.placed(waiting, &["A-2"]), said.held(waiting, &["A-2"], 2),
        ];
        let then = said.now();
        let later = vec![said.placed_at_home(at_home)];
        other.registered("", 1);
        world.says(heard.into_iter().chain(later)).await;
        world.says([other.placed(elsewhere, &["A-1"]), other.rejected(elsewhere)]).await;

        let found = async |request| ids(world.search(request).await.unwrap());
        let none = pb::SearchBookingsRequest::default();
        let [confirmed, waiting, at_home, elsewhere] =
            [confirmed, waiting, at_home, elsewhere].map(|of| of.id.to_string());
        assert_eq!(found(none.clone()).await.len(), 4);

        let of_alice = pb::SearchBookingsRequest { customer_id: "alice".into(), ..none.clone() };
        assert_eq!(found(of_alice.clone()).await, [at_home.clone(), confirmed.clone()]);
        let of_showing =
            pb::SearchBookingsRequest { showing_id: said.showing.to_string(), ..none.clone() };
        assert_eq!(found(of_showing).await, [waiting.clone(), confirmed.clone()]);
        let of_title = pb::SearchBookingsRequest { title_id: said.title.to_string(), ..none.clone() };
        assert_eq!(found(of_title.clone()).await, [at_home.clone(), waiting.clone(), confirmed.clone()]);
        let status = pb::BookingStatus::Rejected.into();
        let rejected = pb::SearchBookingsRequest { booking_status: status, ..none.clone() };
        assert_eq!(found(rejected).await, [elsewhere]);
        let awaiting = pb::BookingStatus::AwaitingPayment.into();
        let awaiting = pb::SearchBookingsRequest { booking_status: awaiting, ..none.clone() };
        assert_eq!(found(awaiting).await, [at_home.as_str(), waiting.as_str()]);

        let stuck = |since| pb::SearchBookingsRequest { stuck_since_time: Some(timestamp(since)), ..none.clone() };
        assert_eq!(found(stuck(then)).await, [waiting.as_str()]);
        assert_eq!(found(stuck(then - Duration::from_secs(1))).await, [] as [String; 0]);
        let far = Duration::from_secs(80 * 365 * 24 * 3_600);
        assert_eq!(found(stuck(then + far)).await, [at_home.as_str(), waiting.as_str()]);

        let all = pb::SearchBookingsRequest {
            customer_id: "bob".into(), showing_id: said.showing.to_string(), title_id: said.title.to_string(),
            booking_status: pb::BookingStatus::AwaitingPayment.into(), stuck_since_time: Some(timestamp(then)),
            page_size: 1, ..none.clone()
        };
        let page = world.search(all.clone()).await.unwrap();
        assert_eq!(page.next_page_token, "");
        assert_eq!(ids(page), [waiting]);
        let both = pb::SearchBookingsRequest { title_id: said.title.to_string(), page_size: 2, ..none };
        let page = world.search(both.clone()).await.unwrap();
        let rest = pb::SearchBookingsRequest { page_token: page.next_page_token, ..both };
        assert_eq!(found(rest).await, [confirmed]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_care_searches() {
    let world = World::on(Kind::Sqlite).await;
    for role in [Role::Customer, Role::Admin, Role::Service] {
        let answer =
            world.care_as(role).search_bookings(pb::SearchBookingsRequest::default()).await;
        assert_eq!(refusal(answer).0, Code::PermissionDenied, "{role:?}");
        let request = pb::GetCareBookingRequest { booking_id: uuid::Uuid::new_v4().to_string() };
        let answer = world.care_as(role).get_care_booking(request).await;
        assert_eq!(refusal(answer).0, Code::PermissionDenied, "{role:?}");
    }
}
