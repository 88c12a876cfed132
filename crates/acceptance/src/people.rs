//! Who calls, and what they do most often.

use std::collections::HashMap;
use std::sync::Arc;

use boxoffice_contracts::booking::v1::{
    Booking, BookingState, CancelBookingRequest, GetBookingRequest, ListBookingsRequest,
    PayBookingRequest, WatchBookingRequest, WatchBookingResponse,
};
use boxoffice_contracts::catalog::v1::{Kind, RegisterTitleRequest, Title};
use boxoffice_contracts::payment::v1::{ListPaymentsRequest, Payment, PaymentState};
use boxoffice_contracts::seating::v1::{
    GetSeatMapRequest, GetSeatMapResponse, GetShowingRequest, SeatState, Showing,
};
use boxoffice_contracts::wkt::Duration;
use boxoffice_testkit::clients::Client;
use boxoffice_testkit::platform::{Context, Platform};
use tonic::{Code, Status, Streaming};

use crate::{Plan, Wish, eventually, id, won};

/// Somebody with a token, or without. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Person {
    /// The subject of their token.
    pub sub: String,
    /// Their token.
    pub token: Option<String>,
    clients: HashMap<Context, Client>,
}

// === impl Person ===

impl Person {
    /// Somebody with a good token.
    ///
    /// # Panics
    /// It cannot be signed.
    #[must_use]
    pub fn new(platform: &Arc<dyn Platform>, sub: &str, roles: &[&str]) -> Self {
        let token = platform.issuer().token(sub, roles).unwrap();
        Self::with_token(platform, sub, Some(&token))
    }

    /// Somebody with any token.
    ///
    /// # Panics
    /// It cannot stand in a header.
    #[must_use]
    pub fn with_token(platform: &Arc<dyn Platform>, sub: &str, token: Option<&str>) -> Self {
        let client = |context| Client::new(&platform.url(context), token).unwrap();
        Self {
            sub: sub.to_owned(),
            token: token.map(str::to_owned),
            clients: boxoffice_testkit::platform::CONTEXTS
                .map(|context| (context, client(context)))
                .into(),
        }
    }

    /// The same person, who calls another address for one context.
    ///
    /// # Panics
    /// It is no URL.
    #[must_use]
    pub fn at(mut self, context: Context, url: &str) -> Self {
        self.clients.insert(context, Client::new(url, self.token.as_deref()).unwrap());
        self
    }

    /// Their end of the line to a context.
    #[must_use]
    pub fn client(&self, context: Context) -> &Client {
        &self.clients[&context]
    }

    /// Places a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn place(&self, wish: Wish) -> Result<Booking, Status> {
        let answer = self.client(Context::BOOKING).booking().place_booking(wish.request()).await?;
        Ok(answer.into_inner().booking.unwrap())
    }

    /// Places a booking, and sends it again as it is for as long as the answer is to try again.
    ///
    /// # Panics
    /// It is refused, or the answer stays so.
    pub async fn insist(&self, wish: &Wish) -> Booking {
        eventually("a booking is placed", || async {
            match self.place(wish.clone()).await {
                Ok(booking) => Some(booking),
                Err(busy)
                    if [Code::Unavailable, Code::ResourceExhausted].contains(&busy.code()) =>
                {
                    None
                }
                Err(refused) => panic!("{refused:?}"),
            }
        })
        .await
    }

    /// Places a booking that is confirmed at once.
    ///
    /// # Panics
    /// It is not.
    pub async fn buy(&self, wish: Wish) -> Booking {
        confirmed(self.place(wish).await.unwrap())
    }

    /// As [`buy`](Self::buy), and [insists](Self::insist).
    ///
    /// # Panics
    /// It is not confirmed in the end.
    pub async fn insist_on_buying(&self, wish: &Wish) -> Booking {
        confirmed(self.insist(wish).await)
    }

    /// Pays a booking under a fresh request id.
    ///
    /// # Errors
    /// It is refused.
    pub async fn pay(&self, booking_id: &str, method: &str) -> Result<Booking, Status> {
        self.pay_under(&id(), booking_id, method).await
    }

    /// Pays a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn pay_under(
        &self,
        request_id: &str,
        booking_id: &str,
        method: &str,
    ) -> Result<Booking, Status> {
        let request = PayBookingRequest {
            booking_id: booking_id.to_owned(),
            request_id: request_id.to_owned(),
            payment_method: method.to_owned(),
        };
        let answer = self.client(Context::BOOKING).booking().pay_booking(request).await?;
        Ok(answer.into_inner().booking.unwrap())
    }

    /// Cancels a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn cancel(&self, booking_id: &str) -> Result<Booking, Status> {
        let request = CancelBookingRequest { booking_id: booking_id.to_owned() };
        let answer = self.client(Context::BOOKING).booking().cancel_booking(request).await?;
        Ok(answer.into_inner().booking.unwrap())
    }

    /// Looks at a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn get(&self, booking_id: &str) -> Result<Booking, Status> {
        let request = GetBookingRequest { booking_id: booking_id.to_owned() };
        let answer = self.client(Context::BOOKING).booking().get_booking(request).await?;
        Ok(answer.into_inner().booking.unwrap())
    }

    /// Looks at all their bookings.
    ///
    /// # Errors
    /// It is refused.
    pub async fn bookings(&self) -> Result<Vec<Booking>, Status> {
        let request = ListBookingsRequest { page_size: 200, page_token: String::new() };
        let answer = self.client(Context::BOOKING).booking().list_bookings(request).await?;
        Ok(answer.into_inner().bookings)
    }

    /// Follows a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn watch(
        &self,
        booking_id: &str,
        resume_token: &str,
    ) -> Result<Streaming<WatchBookingResponse>, Status> {
        let request = WatchBookingRequest {
            booking_id: booking_id.to_owned(),
            resume_token: resume_token.to_owned(),
        };
        Ok(self.client(Context::BOOKING).booking().watch_booking(request).await?.into_inner())
    }

    /// Waits until a booking is in a state, and returns it.
    ///
    /// # Panics
    /// It does not get there in time.
    pub async fn sees(&self, booking_id: &str, state: BookingState) -> Booking {
        let what = format!("{booking_id} is {state:?}");
        eventually(&what, || async {
            self.get(booking_id).await.ok().filter(|booking| booking.state() == state)
        })
        .await
    }

    /// Looks at the payments of a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn payments(&self, booking_id: &str) -> Result<Vec<Payment>, Status> {
        let request = ListPaymentsRequest {
            booking_id: booking_id.to_owned(),
            ..ListPaymentsRequest::default()
        };
        let answer = self.client(Context::PAYMENT).payment().list_payments(request).await?;
        Ok(answer.into_inner().payments)
    }

    /// Waits until the payments of a booking, oldest first, are in these states.
    ///
    /// # Panics
    /// They do not get there in time.
    pub async fn sees_payments(&self, booking_id: &str, states: &[PaymentState]) -> Vec<Payment> {
        let what = format!("the payments of {booking_id} are {states:?}");
        eventually(&what, || async {
            let mut payments = self.payments(booking_id).await.ok()?;
            payments.reverse();
            let now: Vec<_> = payments.iter().map(Payment::state).collect();
            (now == states).then_some(payments)
        })
        .await
    }

    /// Looks at a showing.
    ///
    /// # Errors
    /// It is refused.
    pub async fn showing(&self, showing_id: &str) -> Result<Showing, Status> {
        let request = GetShowingRequest { showing_id: showing_id.to_owned() };
        let answer = self.client(Context::SEATING).seating().get_showing(request).await?;
        Ok(answer.into_inner().showing.unwrap())
    }

    /// Waits until a showing has so many seats left, held and sold.
    ///
    /// # Panics
    /// It does not come about in time.
    pub async fn sees_seats(&self, showing_id: &str, left: i32, held: i32, sold: i32) {
        let what = format!("{showing_id} has {left} seats left, {held} held, {sold} sold");
        eventually(&what, || async {
            let showing = self.showing(showing_id).await.ok()?;
            let counts = (showing.seats_left, showing.seats_held, showing.seats_sold);
            (counts == (left, held, sold)).then_some(())
        })
        .await;
    }

    /// Looks at a seat map.
    ///
    /// # Errors
    /// It is refused.
    pub async fn seat_map(&self, showing_id: &str) -> Result<GetSeatMapResponse, Status> {
        let request = GetSeatMapRequest { showing_id: showing_id.to_owned() };
        let answer = self.client(Context::SEATING).seating().get_seat_map(request).await?;
        Ok(answer.into_inner())
    }

    /// The state of one seat.
    ///
    /// # Panics
    /// There is no such showing or seat.
    pub async fn seat(&self, showing_id: &str, seat: &str) -> SeatState {
        let map = self.seat_map(showing_id).await.unwrap();
        map.seats.iter().find(|it| it.seat == seat).unwrap().state()
    }

    /// Schedules a showing, as an admin may; its id.
    ///
    /// # Panics
    /// It is refused.
    pub async fn schedule(&self, plan: Plan) -> String {
        let request = plan.request();
        let answer = self.client(Context::SEATING).seating().schedule_showing(request).await;
        answer.unwrap().into_inner().showing.unwrap().showing_id
    }

    /// Registers a film, as an admin may, that may be watched at home for 5,000 won.
    ///
    /// # Panics
    /// It is refused.
    pub async fn register_film(&self, name: &str) -> Title {
        let home_price = Some(won(5_000));
        self.register(Title { kind: Kind::Film.into(), home_price, ..titled(name) }).await
    }

    /// Registers a musical, as an admin may.
    ///
    /// # Panics
    /// It is refused.
    pub async fn register_musical(&self, name: &str) -> Title {
        self.register(Title { kind: Kind::Musical.into(), ..titled(name) }).await
    }

    async fn register(&self, title: Title) -> Title {
        let request = RegisterTitleRequest { request_id: id(), title: Some(title) };
        let answer = self.client(Context::CATALOG).catalog().register_title(request).await;
        answer.unwrap().into_inner().title.unwrap()
    }
}

fn titled(name: &str) -> Title {
    Title {
        name: name.to_owned(),
        synopsis: format!("All about {name}."),
        running_time: Some(Duration { seconds: 5400, nanos: 0 }),
        ..Title::default()
    }
}

fn confirmed(booking: Booking) -> Booking {
    assert_eq!(booking.state(), BookingState::Confirmed, "{booking:?}");
    booking
}
