//! Who sees which notices.

use boxoffice_contracts::notification::v1 as pb;
use boxoffice_kernel::Context;
use boxoffice_runtime::{Role, reason_of};
use tonic::Code;
use uuid::Uuid;

use crate::telling::expired;
use crate::world::{World, eventually};

/// So many of their bookings have expired, the first of these first.
async fn tell(world: &World, customer: &str, times: usize) -> Vec<String> {
    let mut bookings = Vec::new();
    for _ in 0..times {
        let id = Uuid::new_v4();
        world.says(Context::BOOKING, id, &expired(id, customer)).await;
        bookings.push(id.to_string());
    }
    world.heard().await;
    bookings
}

on_every_store! {
    async fn a_stranger_finds_nothing(world: World) {
        let process = world.start().await;
        let bookings = tell(&world, "alice", 1).await;
        let notice_id = world.notices(&process, "alice").await.remove(0).notice_id;
        let request = || pb::GetNoticeRequest { notice_id: notice_id.clone() };
        let alice = world.caller(&process, "alice", Role::Customer).notices();
        let notice = alice.clone().get_notice(request()).await.unwrap().into_inner().notice;
        assert_eq!(notice.unwrap().booking_id, bookings[0]);
        for (sub, role) in [("mallory", Role::Customer), ("Alice", Role::Customer), ("ada", Role::Admin)] {
            let mut stranger = world.caller(&process, sub, role).notices();
            let status = stranger.get_notice(request()).await.unwrap_err();
            assert_eq!(status.code(), Code::NotFound, "{sub}");
            assert_eq!(reason_of(&status).as_deref(), Some("NOTICE_NOT_FOUND"));
            let request = pb::ListNoticesRequest { booking_id: bookings[0].clone(), ..Default::default() };
            let found = stranger.list_notices(request).await.unwrap().into_inner();
            assert_eq!(found.notices, [], "{sub}");
        }
    }

    async fn lists_are_newest_first_page_by_page(world: World) {
        let process = world.start().await;
        let mut bookings = tell(&world, "alice", 5).await;
        tell(&world, "bob", 1).await;
        bookings.reverse();
        let mut alice = world.caller(&process, "alice", Role::Customer).notices();
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListNoticesRequest { page_size: 2, page_token, ..Default::default() };
            let page = alice.list_notices(request).await.unwrap().into_inner();
            assert!(page.notices.len() <= 2);
            found.extend(page.notices.into_iter().map(|it| it.booking_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, bookings);
        let booking_id = bookings[3].clone();
        let request = pb::ListNoticesRequest { booking_id: booking_id.clone(), ..Default::default() };
        let page = alice.list_notices(request).await.unwrap().into_inner();
        let found: Vec<_> = page.notices.into_iter().map(|it| it.booking_id).collect();
        assert_eq!(found, [booking_id]);
    }

    async fn what_cannot_be_read_is_refused(world: World) {
        let process = world.start().await;
        tell(&world, "alice", 2).await;
        let mut alice = world.caller(&process, "alice", Role::Customer).notices();
        let bob = world.caller(&process, "bob", Role::Customer).notices();
        let first = pb::ListNoticesRequest { page_size: 1, ..Default::default() };
        let page_token = alice.list_notices(first).await.unwrap().into_inner().next_page_token;
        assert!(!page_token.is_empty());
        for (caller, request) in [
            (&bob, pb::ListNoticesRequest { page_token, ..Default::default() }),
            (&alice, pb::ListNoticesRequest { page_token: "?".to_owned(), ..Default::default() }),
            (&alice, pb::ListNoticesRequest { booking_id: "x".to_owned(), ..Default::default() }),
            (&alice, pb::ListNoticesRequest { page_size: -1, ..Default::default() }),
        ] {
            let status = caller.clone().list_notices(request.clone()).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{request:?}");
        }
        let request = pb::GetNoticeRequest { notice_id: "x".to_owned() };
        let status = alice.get_notice(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let mut service = world.caller(&process, "seating", Role::Service).notices();
        let status = service.list_notices(pb::ListNoticesRequest::default()).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }

    async fn http_shows_the_same(world: World) {
        let process = world.start().await;
        tell(&world, "alice", 1).await;
        let alice = world.caller(&process, "alice", Role::Customer);
        let mut text = String::new();
        eventually("sent", async || {
            text = alice.http(http::Method::GET, "/v1/notices").send().await.unwrap().text().await.unwrap();
            text.contains("NOTICE_STATE_SENT")
        })
        .await;
        assert!(text.contains("NOTICE_KIND_BOOKING_EXPIRED") && text.contains("\"language\":\"en\""), "{text}");
        let notice_id = world.notices(&process, "alice").await.remove(0).notice_id;
        let path = format!("/v1/notices/{notice_id}");
        for (sub, expected) in [("alice", 200), ("mallory", 404)] {
            let caller = world.caller(&process, sub, Role::Customer);
            let answer = caller.http(http::Method::GET, &path).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{sub}");
        }
    }
}
