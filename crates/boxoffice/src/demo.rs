//! A programme to try: titles, halls and two weeks of showings, put in through the public API.
//!
//! Every request has an id of its own that is the same tomorrow, so putting it in twice adds only
//! what is new.

mod halls;
mod programme;
#[cfg(test)]
mod tests;
mod timetable;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use boxoffice_contracts::catalog::v1 as catalog;
use boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use boxoffice_contracts::seating::v1 as seating;
use boxoffice_contracts::seating::v1::seating_service_client::SeatingServiceClient;
use boxoffice_contracts::{convert, google, wkt};
use boxoffice_kernel::Time;
use chrono::TimeDelta;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codegen::{Body as HttpBody, Bytes, StdError};
use uuid::Uuid;

use self::halls::Hall;
use self::programme::{Kind, Title};
use self::timetable::{Admission, Showing};

/// What is there now.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// How many titles are on.
    pub(crate) titles: usize,
    /// How many showings lie ahead.
    pub(crate) showings: usize,
    /// Something to begin with.
    pub(crate) offer: Option<Offer>,
}

/// Two free seats beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Of which showing.
    pub(crate) showing_id: String,
    /// What is shown.
    pub(crate) title: String,
    /// Where.
    pub(crate) venue: String,
    /// When it begins.
    pub(crate) start: Time,
    /// Their names, such as `C-7`.
    pub(crate) seats: [String; 2],
}

/// By name.
type Titles = BTreeMap<&'static str, catalog::Title>;

/// How far ahead an offer lies, if it can.
const UNHURRIED: TimeDelta = TimeDelta::hours(12);

/// Requests under way at a time.
const AT_ONCE: usize = 16;

/// All ids of the demo are made from this and a name.
const NAMESPACE: Uuid = Uuid::from_u128(0x8e1c_3a54_77d2_4b0f_9a66_2f0d_51c7_e3b9);

/// The two services the programme goes to, as an admin.
struct Manager<S> {
    catalog: CatalogServiceClient<S>,
    seating: SeatingServiceClient<S>,
}

/// Puts the programme in. `catalog` and `seating` lead to these services as an admin, the same
/// admin every time: a `request_id` belongs to its caller.
///
/// # Errors
/// A service does not answer, or refuses.
pub(crate) async fn put_in<S>(catalog: S, seating: S, now: Time) -> anyhow::Result<Summary>
where
    S: GrpcService<Body> + Clone,
    S::Error: Into<StdError>,
    S::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <S::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    let manager = Manager {
        catalog: CatalogServiceClient::new(catalog),
        seating: SeatingServiceClient::new(seating),
    };
    manager.save_halls().await?;
    let titles = manager.register_titles().await?;
    let showings = manager.schedule_showings(&titles, now).await?;
    let offer = manager.offer(&titles, &showings, now).await?;
    Ok(Summary { titles: titles.len(), showings: showings.len(), offer })
}

// === impl Manager ===

impl<S> Manager<S>
where
    S: GrpcService<Body> + Clone,
    S::Error: Into<StdError>,
    S::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <S::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn save_halls(&self) -> anyhow::Result<()> {
        for hall in [halls::theatre(), halls::cinema()] {
            let name = hall.name;
            let saved = self.seating.clone().save_hall(save_hall(hall)).await;
            saved.with_context(|| format!("saving the hall {name}"))?;
        }
        Ok(())
    }

    /// All that are on, by name. What somebody took off the programme since stays off.
    async fn register_titles(&self) -> anyhow::Result<Titles> {
        let registered = stream::iter(programme::ALL).map(|title| {
            let mut catalog = self.catalog.clone();
            async move {
                let answer = catalog.register_title(register_title(&title)).await;
                let answer = answer.with_context(|| format!("registering {}", title.name))?;
                anyhow::Ok((title.name, answer.into_inner().title.unwrap_or_default()))
            }
        });
        let mut titles: Titles = registered.buffer_unordered(AT_ONCE).try_collect().await?;
        titles.retain(|_, title| title.state == i32::from(catalog::TitleState::Listed));
        Ok(titles)
    }

    /// All that lie ahead, cancelled ones too.
    async fn schedule_showings(
        &self,
        titles: &Titles,
        now: Time,
    ) -> anyhow::Result<Vec<seating::Showing>> {
        let requests = timetable::from(now).into_iter().filter_map(|showing| {
            titles.get(showing.title.name).map(|title| schedule_showing(&showing, &title.title_id))
        });
        let scheduled = stream::iter(requests).map(|request| {
            let mut seating = self.seating.clone();
            async move {
                let what = format!("scheduling a showing at {}", request.venue);
                let answer = seating.schedule_showing(request).await.context(what)?;
                anyhow::Ok(answer.into_inner().showing.unwrap_or_default())
            }
        });
        scheduled.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Two seats in the first showing that does not begin before whoever reads of it has come round
    /// to it; if there is none, in the first.
    async fn offer(
        &self,
        titles: &Titles,
        showings: &[seating::Showing],
        now: Time,
    ) -> anyhow::Result<Option<Offer>> {
        let mut open: Vec<_> = showings.iter().filter(|it| it.seat_map && on_sale(it)).collect();
        let unhurried = (now + UNHURRIED).timestamp();
        open.sort_by_key(|it| {
            let start = it.start_time.map_or(0, |time| time.seconds);
            (start < unhurried, start)
        });
        for showing in open {
            let showing_id = showing.showing_id.clone();
            let request = seating::GetSeatMapRequest { showing_id: showing_id.clone() };
            let map = self.seating.clone().get_seat_map(request).await;
            let seats = neighbours(&map.context("reading a seat map")?.into_inner().seats);
            let title = titles.values().find(|title| title.title_id == showing.title_id);
            let start = convert::time("start_time", showing.start_time.unwrap_or_default())?;
            if let (Some(seats), Some(title)) = (seats, title) {
                let (title, venue) = (title.name.clone(), showing.venue.clone());
                return Ok(Some(Offer { showing_id, title, venue, start, seats }));
            }
        }
        Ok(None)
    }
}

fn on_sale(showing: &seating::Showing) -> bool {
    showing.state == i32::from(seating::ShowingState::Scheduled) && showing.seats_left >= 2
}

fn neighbours(seats: &[seating::Seat]) -> Option<[String; 2]> {
    let free = |seat: &seating::Seat| {
        seat.state == i32::from(seating::SeatState::Free) && !seat.accessible
    };
    let beside = |it: &&[seating::Seat]| it[0].row == it[1].row && it[1].number == it[0].number + 1;
    let mut pairs = seats.windows(2).filter(|pair| pair.iter().all(free)).filter(beside);
    pairs.next().map(|pair| [pair[0].seat.clone(), pair[1].seat.clone()])
}

// === the requests ===

fn register_title(title: &Title) -> catalog::RegisterTitleRequest {
    let (kind, home_price) = match title.kind {
        Kind::Film { home_price } => (catalog::Kind::Film, home_price.map(won)),
        Kind::Stage => (catalog::Kind::Musical, None),
    };
    let title_said = catalog::Title {
        kind: kind.into(),
        name: title.name.to_owned(),
        synopsis: title.synopsis.to_owned(),
        running_time: Some(length(title.running_time())),
        home_price,
        ..catalog::Title::default()
    };
    let request_id = request_id(&format!("title {}", title.name));
    catalog::RegisterTitleRequest { request_id, title: Some(title_said) }
}

fn save_hall(hall: Hall) -> seating::SaveHallRequest {
    let rows = hall.rows.into_iter().map(|row| seating::Row {
        label: row.label.to_string(),
        seats: row.seats,
        grade: row.grade.to_owned(),
        blocked: row.blocked,
        accessible: row.accessible,
        curve: row.curve,
    });
    let (hall_id, name) = (hall.id.to_owned(), hall.name.to_owned());
    seating::SaveHallRequest { hall: Some(seating::Hall { hall_id, name, rows: rows.collect() }) }
}

fn schedule_showing(showing: &Showing, title_id: &str) -> seating::ScheduleShowingRequest {
    let admission = match &showing.admission {
        Admission::General { capacity, price } => {
            let price = Some(won(*price));
            let general = seating::GeneralAdmission { capacity: *capacity, price };
            seating::schedule_showing_request::Admission::GeneralAdmission(general)
        }
        Admission::Seats { hall, prices } => {
            let prices = prices.iter().map(|(grade, price)| seating::GradePrice {
                grade: (*grade).to_owned(),
                price: Some(won(*price)),
            });
            let (hall_id, prices) = ((*hall).to_owned(), prices.collect());
            let map = seating::SeatMap { hall_id, rows: Vec::new(), prices };
            seating::schedule_showing_request::Admission::SeatMap(map)
        }
    };
    let (venue, start) = (showing.venue, showing.start.to_rfc3339());
    seating::ScheduleShowingRequest {
        request_id: request_id(&format!("showing {venue} {} {start}", showing.title.name)),
        title_id: title_id.to_owned(),
        venue: venue.to_owned(),
        start_time: Some(convert::timestamp(showing.start)),
        end_time: Some(convert::timestamp(showing.end)),
        admission: Some(admission),
    }
}

fn request_id(name: &str) -> String {
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}

fn won(units: i64) -> google::r#type::Money {
    google::r#type::Money { currency_code: "KRW".to_owned(), units, nanos: 0 }
}

fn length(time: Duration) -> wkt::Duration {
    wkt::Duration { seconds: time.as_secs().cast_signed(), nanos: 0 }
}

// === impl Summary ===

impl fmt::Display for Summary {
    /// `13 titles, 132 showings`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} titles, {} showings", self.titles, self.showings)
    }
}
