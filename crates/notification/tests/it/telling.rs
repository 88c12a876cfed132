//! What customers are told, and what not.

use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::delivery::v1 as delivery;
use boxoffice_contracts::google::r#type::Money;
use boxoffice_contracts::notification::v1::{NoticeKind, NoticeState};
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_contracts::streaming::v1 as streaming;
use boxoffice_contracts::wkt::Timestamp;
use boxoffice_eventing::{Message, dead_letters};
use boxoffice_kernel::Context;
use uuid::Uuid;

use crate::world::{World, eventually, message};

pub(crate) fn expired(booking_id: Uuid, customer: &str) -> booking::BookingExpired {
    let (booking_id, customer_id) = (booking_id.to_string(), customer.to_owned());
    booking::BookingExpired { booking_id, customer_id, ..Default::default() }
}

fn won(units: i64) -> Option<Money> {
    Some(Money { currency_code: "KRW".to_owned(), units, nanos: 0 })
}

/// Everything alice is to be told about one booking, by the stream it comes on.
fn all_there_is(id: Uuid) -> Vec<Vec<Message>> {
    let (booking_id, customer_id) = (id.to_string(), "alice".to_owned());
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    macro_rules! said {
        ($context:ident: $($module:ident::$said:ident { $($field:ident: $value:expr),* }),+) => {
            vec![$(message(Context::$context, id, &$module::$said {
                booking_id: booking_id.clone(),
                customer_id: customer_id.clone(),
                $($field: $value,)*
                ..Default::default()
            })),+]
        };
    }
    vec![
        said!(BOOKING:
            booking::BookingConfirmed { amount: won(90_000), start_time: at(86_400) },
            booking::BookingRescheduled { previous_start_time: at(86_400), start_time: at(90_000) },
            booking::BookingCancelled { showing_cancelled: true },
            booking::BookingExpired {}
        ),
        said!(PAYMENT:
            payment::PaymentApproved { amount: won(90_000) },
            payment::PaymentCancelled { amount: won(90_000) }
        ),
        said!(DELIVERY:
            delivery::DeliveryStarted { method: delivery::DeliveryMethod::Post.into() },
            delivery::DeliveryCompleted {},
            delivery::DeliveryCancelled {}
        ),
        said!(STREAMING: streaming::LicenseGranted {}, streaming::LicenseRevoked {}),
    ]
}

on_every_store! {
    async fn everything_is_told_once_however_often_it_is_heard(world: World) {
        let process = world.start().await;
        let id = Uuid::new_v4();
        world.booking.knows(id, "alice@example.org", "");
        for mut messages in all_there_is(id) {
            world.deliver(&messages).await;
            messages.reverse();
            world.deliver(&messages).await;
        }
        world.heard().await;
        eventually("all sent", async || world.said().await.len() >= 11).await;
        let mut kinds: Vec<_> = world.said().await.iter().map(|it| it.kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, (1..=11).collect::<Vec<_>>());
        assert_eq!(world.post.letters().len(), 11);
        let notices = world.notices(&process, "alice").await;
        assert_eq!(notices.len(), 11);
        for notice in &notices {
            assert_eq!((notice.state(), &*notice.language), (NoticeState::Sent, "en"));
            assert_eq!(notice.booking_id, id.to_string());
            let letters = world.post.letters();
            let letter = letters.iter().find(|it| it.notice_id.to_string() == notice.notice_id);
            let letter = letter.unwrap();
            assert_eq!((&letter.subject, &letter.text), (&notice.subject, &notice.text));
        }
        let moved = notices.iter().find(|it| it.kind() == NoticeKind::ShowingRescheduled).unwrap();
        assert!(moved.text.contains("2 January 1970, 01:00 UTC"), "{}", moved.text);
    }

    async fn what_is_no_news_is_not_told(world: World) {
        let process = world.start().await;
        let id = Uuid::new_v4();
        world.booking.knows(id, "alice@example.org", "");
        let (booking_id, customer_id) = (id.to_string(), "alice".to_owned());
        let placed = booking::BookingPlaced { booking_id, customer_id, item: None };
        world.says(Context::BOOKING, id, &placed).await;
        let (booking_id, customer_id) = (id.to_string(), "alice".to_owned());
        let payment_id = Uuid::new_v4().to_string();
        let never_taken =
            payment::PaymentCancelled { payment_id, booking_id, customer_id, amount: won(0) };
        world.says(Context::PAYMENT, id, &never_taken).await;
        world.says(Context::BOOKING, id, &expired(id, "alice")).await;
        world.heard().await;
        let only = world.until(&process, "alice", NoticeState::Sent).await;
        assert_eq!(only.kind(), NoticeKind::BookingExpired);
    }

    async fn a_korean_is_told_in_korean(world: World) {
        let process = world.start().await;
        let id = Uuid::new_v4();
        world.booking.knows(id, "지민@예시.한국", "ko-KR");
        world.says(Context::BOOKING, id, &expired(id, "jimin")).await;
        let notice = world.until(&process, "jimin", NoticeState::Sent).await;
        assert_eq!((&*notice.language, &*notice.subject), ("ko", "예매가 만료되었습니다"));
        let letters = world.post.letters();
        assert_eq!(letters[0].subject, notice.subject);
        assert_eq!(letters[0].to.expose(), "지민@예시.한국");
    }

    async fn who_gave_no_address_finds_it_in_their_list(world: World) {
        let process = world.start().await;
        let id = Uuid::new_v4();
        world.booking.knows(id, "", "ko");
        world.says(Context::BOOKING, id, &expired(id, "alice")).await;
        let notice = world.until(&process, "alice", NoticeState::Sent).await;
        assert_eq!(notice.language, "ko");
        let gone = Uuid::new_v4();
        world.says(Context::BOOKING, gone, &expired(gone, "bob")).await;
        world.until(&process, "bob", NoticeState::Sent).await;
        assert_eq!(world.post.calls(), 0);
        assert_eq!(world.said().await.len(), 2);
    }

    async fn what_cannot_be_read_is_kept_aside_and_harms_nobody_else(world: World) {
        let process = world.start().await;
        let id = Uuid::new_v4();
        world.booking.knows(id, "alice@example.org", "");
        let nameless = booking::BookingExpired { booking_id: "?".to_owned(), ..expired(id, "eve") };
        world.says(Context::BOOKING, id, &nameless).await;
        world.says(Context::BOOKING, id, &expired(id, "")).await;
        let (booking_id, customer_id) = (id.to_string(), "eve".to_owned());
        let free = payment::PaymentApproved { booking_id, customer_id, ..Default::default() };
        world.says(Context::PAYMENT, id, &free).await;
        world.says(Context::BOOKING, id, &expired(id, "alice")).await;
        world.until(&process, "alice", NoticeState::Sent).await;
        eventually("kept aside", async || {
            dead_letters::list(&world.db.read, 10).await.unwrap().len() == 3
        })
        .await;
        assert_eq!(world.post.letters().len(), 1);
    }
}
