//! Domain to wire, for answers and events alike.

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::{convert, page, wkt};

use super::parse;
use crate::domain::{Details, Kind, Rating, State, Title};
use crate::queries::Titles;

pub(crate) fn title(title: &Title) -> pb::Title {
    let Details { name, synopsis, running_time, run_start, run_end, poster_uri, home_price } =
        title.details.clone();
    pb::Title {
        title_id: title.id.to_string(),
        kind: kind(title.kind).into(),
        name,
        synopsis,
        running_time: Some(wkt::Duration {
            seconds: running_time.as_secs().cast_signed(),
            nanos: 0,
        }),
        run_start: run_start.map(convert::day),
        run_end: run_end.map(convert::day),
        poster_uri: poster_uri.unwrap_or_default(),
        home_price: home_price.map(convert::price),
        rating: Some(rating(title.rating)),
        state: state(title.state).into(),
        create_time: Some(convert::timestamp(title.created_at)),
        update_time: Some(convert::timestamp(title.updated_at)),
    }
}

pub(super) fn titles(request: &pb::ListTitlesRequest, titles: &Titles) -> pb::ListTitlesResponse {
    let token = |next| page::token(&parse::filters(request), next);
    pb::ListTitlesResponse {
        titles: titles.titles.iter().map(title).collect(),
        next_page_token: titles.next.as_ref().map(token).unwrap_or_default(),
    }
}

fn kind(kind: Kind) -> pb::Kind {
    match kind {
        Kind::Film => pb::Kind::Film,
        Kind::Musical => pb::Kind::Musical,
    }
}

fn state(state: State) -> pb::TitleState {
    match state {
        State::Listed => pb::TitleState::Listed,
        State::Removed => pb::TitleState::Removed,
    }
}

fn rating(rating: Rating) -> pb::Rating {
    pb::Rating { average: rating.average(), count: rating.count.cast_signed() }
}
