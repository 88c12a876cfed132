//! Whose a booking is, and what a token says of its bearer (design §4). Who may call what is in `matrix.rs`.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, in_both, in_both_shared,
};
use boxoffice_testkit::clients::Claims;
use reqwest::Method;
use tonic::Code;

/// D-10: a stranger is told `NOT_FOUND`, never `PERMISSION_DENIED`, whatever they try; nothing changes.
async fn a_strangers_booking_does_not_exist(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;
    let unpaid = alice.place(Wish::seats(&showing, &["A-2"])).await.unwrap();

    let booking_id = &booking.booking_id;
    bob.get(booking_id).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    bob.cancel(booking_id).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    let refusal = bob.pay(&unpaid.booking_id, VISA).await.refused();
    refusal.with(Code::NotFound, "BOOKING_NOT_FOUND");
    let watched = match bob.watch(booking_id, "").await {
        Ok(mut stream) => stream.message().await,
        Err(status) => Err(status),
    };
    watched.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    assert_eq!(bob.bookings().await.unwrap(), []);
    assert_eq!(bob.payments(booking_id).await.unwrap(), []);
    let payment_id = booking.payment.unwrap().payment_id;
    let request = boxoffice_acceptance::payment::v1::GetPaymentRequest { payment_id };
    let answer = bob.client(Context::PAYMENT).payment().get_payment(request).await;
    answer.refused().with(Code::NotFound, "PAYMENT_NOT_FOUND");

    assert_eq!(alice.get(booking_id).await.unwrap().state(), BookingState::Confirmed);
    alice.cancel(&unpaid.booking_id).await.unwrap();
}
in_both!(a_strangers_booking_does_not_exist);

/// Customer care reads and cancels anybody's booking, and places none of its own.
async fn customer_care_reads_and_cancels_any_booking(world: World) {
    let (admin, alice, care) = (world.admin(), world.customer("alice"), world.care());
    let showing = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&showing, &["A-1"]).paid_by(VISA)).await;

    let read = care.get(&booking.booking_id).await.unwrap();
    assert_eq!(read.customer_id, alice.sub);
    assert_eq!(care.payments(&booking.booking_id).await.unwrap().len(), 1);
    let cancelled = care.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
}
in_both!(customer_care_reads_and_cancels_any_booking);

/// Every kind of bad token is refused alike, by gRPC and by HTTP.
async fn a_bad_or_expired_token_is_refused(world: World) {
    let good = Claims::new("alice", &["customer"]);
    let issuer = world.platform.issuer();
    let sign = |claims: &Claims| issuer.sign(claims).unwrap();
    let valid = sign(&good);
    let (head, _) = valid.rsplit_once('.').unwrap();
    let unsigned = "eyJhbGciOiJub25lIn0";
    let body = valid.split('.').nth(1).unwrap();
    let cases = [
        ("TOKEN_EXPIRED", sign(&good.clone().expired(Duration::from_secs(120)))),
        ("TOKEN_INVALID", sign(&good.clone().with("iss", "https://evil.example"))),
        ("TOKEN_INVALID", sign(&good.clone().with("aud", "somebody-else"))),
        ("TOKEN_INVALID", sign(&good.clone().without("sub"))),
        ("TOKEN_INVALID", sign(&good.clone().without("exp"))),
        ("TOKEN_INVALID", sign(&good.clone().with("sub", ""))),
        ("TOKEN_INVALID", format!("{head}.AAAA")),
        ("TOKEN_INVALID", format!("{unsigned}.{body}.")),
        ("TOKEN_INVALID", "not-a-token".to_owned()),
    ];
    for (expected, token) in cases {
        let person = Person::with_token(&world.platform, "alice", Some(&token));
        person.bookings().await.refused().with(Code::Unauthenticated, expected);
        let request = person.client(Context::BOOKING).http(Method::GET, "/v1/bookings");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["details"][0]["reason"], expected, "{body}");
    }
    let nobody = world.nobody();
    nobody.bookings().await.refused().with(Code::Unauthenticated, "TOKEN_MISSING");
}
in_both_shared!(a_bad_or_expired_token_is_refused);

/// The token's e-mail and language are the booking's, unless it brings its own (design §4).
async fn contact_details_come_from_the_token_unless_given(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    let claims = Claims::new("carol", &[]).with("email", "carol@example.com").with("locale", "ko");
    let token = world.platform.issuer().sign(&claims).unwrap();
    let carol = Person::with_token(&world.platform, "carol", Some(&token));

    let booking = carol.place(Wish::places(&showing, 1)).await.unwrap();
    let contact = booking.contact.unwrap();
    assert_eq!((&*contact.email, &*contact.language), ("carol@example.com", "ko"));
    carol.cancel(&booking.booking_id).await.unwrap();
    let own = Wish::places(&showing, 1).but(|it| {
        let contact = it.contact.get_or_insert_default();
        contact.email = "other@example.com".to_owned();
    });
    let booking = carol.place(own).await.unwrap();
    let contact = booking.contact.unwrap();
    assert_eq!((&*contact.email, &*contact.language), ("other@example.com", "ko"));
    carol.cancel(&booking.booking_id).await.unwrap();
}
in_both!(contact_details_come_from_the_token_unless_given);
