//! Mutated JSON, paths and page tokens: what is taken is what was meant, and what is not is the caller's mistake.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use boxoffice_contracts::booking::v1::{GetBookingRequest, PlaceBookingRequest};
use boxoffice_contracts::catalog::v1::UpdateTitleRequest;
use boxoffice_contracts::page;
use boxoffice_contracts::prost::Message;
use boxoffice_contracts::rest::{self, DEFAULT_MAX_BODY, Transcode};
use boxoffice_contracts::seating::v1::{
    ListShowingsRequest, SaveHallRequest, ScheduleShowingRequest,
};
use boxoffice_fuzz::hold;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tonic::Status;
use tonic::body::Body;

/// A message that JSON says can be said again, as JSON and on the wire, and is the same.
fn comes_back<T: Message + Default + Serialize + DeserializeOwned + Debug>(
    json: &[u8],
) -> Result<(), String> {
    let Ok(message) = serde_json::from_slice::<T>(json) else { return Ok(()) };
    let wire = message.encode_to_vec();
    let again = serde_json::to_vec(&message).map_err(|error| format!("it is no JSON: {error}"))?;
    let again =
        serde_json::from_slice::<T>(&again).map_err(|error| format!("our JSON: {error}"))?;
    let decoded = T::decode(wire.as_slice()).map_err(|error| format!("our bytes: {error}"))?;
    match again.encode_to_vec() == wire && decoded.encode_to_vec() == wire {
        true => Ok(()),
        false => Err(format!("{message:?} comes back as {again:?}")),
    }
}

#[test]
fn fuzz_json() {
    hold("json", &[], |json| {
        comes_back::<PlaceBookingRequest>(json)?;
        comes_back::<ScheduleShowingRequest>(json)?;
        comes_back::<UpdateTitleRequest>(json)?;
        comes_back::<SaveHallRequest>(json)?;
        comes_back::<ListShowingsRequest>(json)
    });
}

/// What arrived at the gRPC service behind the paths.
type Seen = Arc<Mutex<Option<(String, Vec<u8>)>>>;

/// Booking, which knows nothing.
fn booking(seen: &Seen) -> impl Transcode + use<> {
    let seen = Arc::clone(seen);
    rest::booking(tower::service_fn(move |request: Request<Body>| {
        let seen = Arc::clone(&seen);
        async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            *seen.lock().unwrap() = Some((path, body[5..].to_vec())); // after gRPC's frame
            Ok::<_, Infallible>(Status::not_found("no such booking").into_http())
        }
    }))
}

/// The first line is method and target; the rest is the body.
fn request(input: &[u8]) -> Option<Request<Full<bytes::Bytes>>> {
    let text = String::from_utf8_lossy(input);
    let (line, body) = text.split_once('\n').unwrap_or((&text, ""));
    let (method, target) = line.split_once(' ')?;
    let request = Request::builder().method(method).uri(target);
    request.body(Full::from(body.to_owned())).ok() // else no server gets to see it
}

#[test]
fn fuzz_path() {
    let seen = Seen::default();
    let transcoder = booking(&seen);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    hold("path", &[], |input| {
        let Some(request) = request(input) else { return Ok(()) };
        seen.lock().unwrap().take();
        let path = request.uri().path().to_owned();
        let answer = runtime.block_on(async {
            let answer = rest::serve(request, &transcoder, DEFAULT_MAX_BODY).await;
            let status = answer.status();
            (status, answer.into_body().collect().await.unwrap().to_bytes())
        });
        let (status, body) = answer;
        let error = serde_json::from_slice::<Value>(&body).unwrap_or_default()["error"].take();
        let typed = error["details"][0]["reason"].as_str().is_some_and(|it| !it.is_empty());
        if !status.is_client_error() || error["code"] != status.as_u16() || !typed {
            return Err(format!("{status} {error}"));
        }
        match seen.lock().unwrap().take() {
            Some((rpc, asked)) if rpc.ends_with("/GetBooking") => {
                let asked = GetBookingRequest::decode(asked.as_slice()).unwrap().booking_id;
                let meant = path.strip_prefix("/v1/bookings/").unwrap_or_default();
                let meant = percent_decode_str(meant).decode_utf8().map_err(|_| "it is no text")?;
                if asked == meant { Ok(()) } else { Err(format!("{asked:?} was asked for")) }
            }
            Some(_) | None => Ok(()),
        }
    });
}

#[test]
fn fuzz_page_token() {
    type Cursor = (String, u64);
    let filters = ("ListTitles", "ring");
    let ours = [("", 0), ("The Ring", 7), ("링 🎭", u64::MAX)];
    let ours = ours.map(|it| page::token(&filters, &it));
    let ours: Vec<_> = ours.iter().map(|it| it.as_bytes()).collect();
    hold("page-token", &ours, |token| {
        let Ok(token) = std::str::from_utf8(token) else { return Ok(()) };
        let Ok(read) = page::read::<Cursor>(&filters, 10, token) else { return Ok(()) };
        let Some(after) = &read.after else { return Ok(()) };
        if page::read::<Cursor>(&filters, 10, &page::token(&filters, after)) != Ok(read.clone()) {
            return Err(format!("{after:?} does not come back"));
        }
        match page::read::<Cursor>(&("ListShowings", "ring"), 10, token) {
            Ok(_) => Err("it leads through another list, too".to_owned()),
            Err(_) => Ok(()),
        }
    });
}
