//! One booking, as it changes. Follows the row's version in the store, so a change made by any
//! replica is seen, and a resume token works on any of them.

use std::time::Duration;

use boxoffice_contracts::booking::v1::WatchBookingResponse;
use boxoffice_kernel::BookingId;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tonic::Status;

use super::render;
use crate::domain::Booking;
use crate::{App, Error, queries};

/// How often the row is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// The version after which to go on; empty: from the booking as it is.
pub(super) fn read_token(token: &str) -> Result<u64, Error> {
    match token {
        "" => Ok(0),
        token => token.parse().map_err(|_| Error::InvalidResumeToken),
    }
}

/// Every version of a booking after `after` that is seen. Ends with UNAVAILABLE when the server
/// stops: take it up again elsewhere.
pub(super) fn stream(
    app: App,
    first: Booking,
    after: u64,
) -> BoxStream<'static, Result<WatchBookingResponse, Status>> {
    let id = first.id;
    let start = (app, Some(first), after);
    let watch = stream::try_unfold(start, move |(app, waiting, seen)| async move {
        let booking = match waiting.filter(|booking| booking.version > seen) {
            Some(booking) => booking,
            None => next(&app, id, seen).await?,
        };
        let seen = booking.version;
        Ok(Some((say(&booking), (app, None, seen))))
    });
    watch.map(|item: Result<_, Error>| item.map_err(Status::from)).boxed()
}

async fn next(app: &App, id: BookingId, seen: u64) -> Result<Booking, Error> {
    loop {
        tokio::select! {
            () = app.stopping.stopped() => return Err(Error::Stopping),
            () = tokio::time::sleep(EVERY) => {}
        }
        let booking = queries::find(&app.db.read, id).await?.ok_or(Error::NotFound(id))?;
        if booking.version > seen {
            return Ok(booking);
        }
    }
}

fn say(booking: &Booking) -> WatchBookingResponse {
    WatchBookingResponse {
        booking: Some(render::booking(booking)),
        resume_token: booking.version.to_string(),
    }
}
