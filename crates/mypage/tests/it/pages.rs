//! Lists: one's own, page by page.

use boxoffice_contracts::mypage::v1 as pb;
use tonic::Code;

use crate::said::{Of, Said};
use crate::world::{Kind, World, refusal};

on_every_store! {
    async fn a_list_is_one_s_own_newest_first_page_by_page(world: World) {
        let mut said = Said::new();
        let bookings: Vec<_> = (0..7).map(|_| Of::new("alice")).collect();
        let mut heard: Vec<_> = bookings.iter().map(|of| said.placed(*of, &["A-1"])).collect();
        // Somebody else, however alike their name.
        heard.push(said.placed(Of::new("Alice"), &["A-1"]));
        heard.push(said.placed(Of::new("alicé"), &["A-1"]));
        world.says(heard).await;

        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListMyBookingsRequest { page_size: 3, page_token };
            let page = world.page("alice").list_my_bookings(request).await.unwrap().into_inner();
            assert!(page.bookings.len() <= 3);
            listed.extend(page.bookings.into_iter().map(|it| it.booking_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let newest_first: Vec<_> = bookings.iter().rev().map(|of| of.id.to_string()).collect();
        assert_eq!(listed, newest_first);
        assert_eq!(world.list("Alice").await.len(), 1);
        assert_eq!(world.list("nobody").await, []);
    }

    async fn a_stranger_s_booking_is_not_found(world: World) {
        let mut said = Said::new();
        let of = Of::new("alice");
        world.says([said.placed(of, &["A-1"])]).await;
        let not_found = (Code::NotFound, "BOOKING_NOT_FOUND".to_owned());
        assert_eq!(refusal(world.get("bob", of.id).await), not_found);
        assert_eq!(refusal(world.get("ALICE", of.id).await), not_found);
        assert_eq!(refusal(world.get("alice", said.showing).await), not_found);
        assert!(world.get("alice", of.id).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_is_good_for_its_own_list() {
    let world = World::on(Kind::Sqlite).await;
    let mut said = Said::new();
    world.says((0..3).map(|_| said.placed(Of::new("alice"), &["A-1"])).collect::<Vec<_>>()).await;
    let first = pb::ListMyBookingsRequest { page_size: 1, page_token: String::new() };
    let page = world.page("alice").list_my_bookings(first).await.unwrap().into_inner();

    let again = pb::ListMyBookingsRequest { page_size: 1, page_token: page.next_page_token };
    let answer = world.page("bob").list_my_bookings(again.clone()).await;
    assert_eq!(refusal(answer), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
    let search = pb::SearchBookingsRequest { page_token: again.page_token, ..Default::default() };
    let answer = world.search(search).await;
    assert_eq!(refusal(answer), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
}
