//! Wire to command. What the rules in the proto have not caught is caught here, field by field.

use std::time::Duration;

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::convert::{self, Malformed};
use boxoffice_contracts::page::{self, Page};
use boxoffice_contracts::{google, wkt};
use boxoffice_kernel::{Money, TitleId, id};
use boxoffice_runtime::Caller;
use chrono::NaiveDate;
use prost::Message as _;
use uuid::Uuid;

use crate::Error;
use crate::commands::{RegisterTitle, RemoveTitle, UpdateTitle};
use crate::domain::{Changes, Details, Kind};
use crate::queries::{Cursor, Filter};

pub(super) fn register_title(
    caller: &Caller,
    request: pb::RegisterTitleRequest,
) -> Result<RegisterTitle, Error> {
    let request_id = convert::uuid("request_id", &request.request_id)?;
    let title = convert::required("title", request.title)?;
    let kind = kind("title.kind", title.kind)?;
    Ok(RegisterTitle {
        title_id: TitleId(id::derived(
            "title",
            caller.sub.as_deref().unwrap_or_default(),
            request_id,
        )),
        request: fingerprint(&title),
        kind: convert::required("title.kind", kind)?,
        details: details(&title)?,
    })
}

pub(super) fn update_title(request: pb::UpdateTitleRequest) -> Result<UpdateTitle, Error> {
    let title = convert::required("title", request.title)?;
    let mut changes = Changes { kind: kind("title.kind", title.kind)?, ..Changes::default() };
    match request.update_mask {
        Some(mask) if !mask.paths.is_empty() => {
            for path in &mask.paths {
                change(&mut changes, path, &title)?;
            }
        }
        Some(_) | None => {
            for path in paths_set(&title) {
                change(&mut changes, path, &title)?;
            }
        }
    }
    Ok(UpdateTitle { title_id: title_id("title.title_id", &title.title_id)?, changes })
}

pub(super) fn remove_title(request: &pb::RemoveTitleRequest) -> Result<RemoveTitle, Error> {
    Ok(RemoveTitle { title_id: title_id("title_id", &request.title_id)? })
}

pub(super) fn list_titles(
    request: &pb::ListTitlesRequest,
) -> Result<(Filter, Page<Cursor>), Error> {
    let filter = Filter {
        query: request.query.clone(),
        kind: kind("kind", request.kind)?,
        running_on: day("running_on", request.running_on)?,
    };
    let page = page::read(&filters(request), request.page_size, &request.page_token)?;
    Ok((filter, page))
}

/// What a page token is good for.
pub(super) fn filters(request: &pb::ListTitlesRequest) -> impl serde::Serialize {
    let day = request.running_on.map(|day| (day.year, day.month, day.day));
    ("ListTitles", request.query.clone(), request.kind, day)
}

pub(super) fn title_id(field: &str, text: &str) -> Result<TitleId, Error> {
    Ok(convert::id(field, text)?)
}

/// The same for the same request, whatever it says in fields that are ignored (AIP-155).
fn fingerprint(title: &pb::Title) -> Uuid {
    let said = pb::Title {
        title_id: String::new(),
        rating: None,
        state: 0,
        create_time: None,
        update_time: None,
        ..title.clone()
    };
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &said.encode_to_vec())
}

fn details(title: &pb::Title) -> Result<Details, Error> {
    Ok(Details {
        name: title.name.clone(),
        synopsis: title.synopsis.clone(),
        running_time: running_time(title)?,
        run_start: day("title.run_start", title.run_start)?,
        run_end: day("title.run_end", title.run_end)?,
        poster_uri: poster_uri(title),
        home_price: home_price(title)?,
    })
}

/// Makes `path` of `title` a change (AIP-134).
fn change(changes: &mut Changes, path: &str, title: &pb::Title) -> Result<(), Error> {
    match path {
        "name" => changes.name = Some(title.name.clone()),
        "synopsis" => changes.synopsis = Some(title.synopsis.clone()),
        "running_time" => changes.running_time = Some(running_time(title)?),
        "run_start" => changes.run_start = Some(day("title.run_start", title.run_start)?),
        "run_end" => changes.run_end = Some(day("title.run_end", title.run_end)?),
        "poster_uri" => changes.poster_uri = Some(poster_uri(title)),
        "home_price" => changes.home_price = Some(home_price(title)?),
        _ => return Err(Malformed::new("update_mask", UNKNOWN_PATH).into()),
    }
    Ok(())
}

const UNKNOWN_PATH: &str = "names something other than name, synopsis, running_time, run_start, \
                            run_end, poster_uri and home_price";

fn paths_set(title: &pb::Title) -> impl Iterator<Item = &'static str> {
    let set = [
        ("name", !title.name.is_empty()),
        ("synopsis", !title.synopsis.is_empty()),
        ("running_time", title.running_time.is_some()),
        ("run_start", title.run_start.is_some()),
        ("run_end", title.run_end.is_some()),
        ("poster_uri", !title.poster_uri.is_empty()),
        ("home_price", title.home_price.is_some()),
    ];
    set.into_iter().filter(|(_, set)| *set).map(|(path, _)| path)
}

fn kind(field: &str, number: i32) -> Result<Option<Kind>, Malformed> {
    Ok(match convert::choice(field, number)? {
        pb::Kind::Unspecified => None,
        pb::Kind::Film => Some(Kind::Film),
        pb::Kind::Musical => Some(Kind::Musical),
    })
}

fn day(field: &str, date: Option<google::r#type::Date>) -> Result<Option<NaiveDate>, Malformed> {
    date.map(|date| convert::date(field, date)).transpose()
}

/// None at all is no length: the rule for it says so.
fn running_time(title: &pb::Title) -> Result<Duration, Malformed> {
    let time = title.running_time.unwrap_or(wkt::Duration { seconds: 0, nanos: 0 });
    convert::duration("title.running_time", time)
}

fn poster_uri(title: &pb::Title) -> Option<String> {
    Some(title.poster_uri.clone()).filter(|uri| !uri.is_empty())
}

fn home_price(title: &pb::Title) -> Result<Option<Money>, Malformed> {
    let price = title.home_price.as_ref();
    price.map(|price| convert::money("title.home_price", price)).transpose()
}
