//! A title as a row, both ways.

use std::time::Duration;

use boxoffice_kernel::{Currency, Money, TitleId};
use sea_orm::entity::prelude::*;

use crate::domain::{Details, Kind, Rating, State, Title};

/// A row of `titles`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "titles")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) request: Uuid,
    pub(crate) kind: KindColumn,
    pub(crate) name: String,
    pub(crate) synopsis: String,
    pub(crate) running_seconds: i64,
    pub(crate) run_start: Option<Date>,
    pub(crate) run_end: Option<Date>,
    pub(crate) poster_uri: Option<String>,
    pub(crate) home_price_minor: Option<i64>,
    pub(crate) home_price_currency: Option<String>,
    pub(crate) rating_stars: i64,
    pub(crate) rating_count: i64,
    pub(crate) rating_version: i64,
    pub(crate) state: StateColumn,
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) sort_key: Vec<u8>,
    pub(crate) search_text: String,
}

/// [`Kind`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum KindColumn {
    #[sea_orm(string_value = "film")]
    Film,
    #[sea_orm(string_value = "musical")]
    Musical,
}

/// [`State`], stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub(crate) enum StateColumn {
    #[sea_orm(string_value = "listed")]
    Listed,
    #[sea_orm(string_value = "removed")]
    Removed,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that change.
pub(crate) const CHANGING: [Column; 16] = [
    Column::Name,
    Column::Synopsis,
    Column::RunningSeconds,
    Column::RunStart,
    Column::RunEnd,
    Column::PosterUri,
    Column::HomePriceMinor,
    Column::HomePriceCurrency,
    Column::RatingStars,
    Column::RatingCount,
    Column::RatingVersion,
    Column::State,
    Column::Version,
    Column::UpdatedAt,
    Column::SortKey,
    Column::SearchText,
];

/// How much of a name counts in the order of a list, so that a page token stays short.
const SORT_KEY_BYTES: usize = 150;

/// Where a name stands in a list. Stored as bytes, because databases agree on their order and on
/// nothing else about text.
pub(crate) fn sort_key(name: &str) -> String {
    let mut key = lower_cased(name);
    key.truncate(key.floor_char_boundary(SORT_KEY_BYTES));
    key
}

/// Every character by itself, so that a part of a text is still a part of it afterwards.
pub(crate) fn lower_cased(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

// === row to domain and back ===

impl TryFrom<Model> for Title {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let home_price = home_price(row.home_price_minor, row.home_price_currency.as_deref())?;
        let details = Details {
            name: row.name,
            synopsis: row.synopsis,
            running_time: Duration::from_secs(row.running_seconds.unsigned_abs()),
            run_start: row.run_start,
            run_end: row.run_end,
            poster_uri: row.poster_uri,
            home_price,
        };
        Ok(Self {
            id: TitleId(row.id),
            request: row.request,
            kind: row.kind.into(),
            details,
            rating: Rating {
                stars_total: row.rating_stars.unsigned_abs(),
                count: row.rating_count.unsigned_abs(),
                version: row.rating_version.unsigned_abs(),
            },
            state: row.state.into(),
            version: row.version.unsigned_abs(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn home_price(minor: Option<i64>, currency: Option<&str>) -> Result<Option<Money>, DbErr> {
    let (Some(minor), Some(currency)) = (minor, currency) else { return Ok(None) };
    currency
        .parse::<Currency>()
        .and_then(|currency| Money::from_minor(minor, currency))
        .map(Some)
        .map_err(|unsound| DbErr::Type(format!("titles.home_price: {unsound}")))
}

impl From<&Title> for Model {
    fn from(title: &Title) -> Self {
        let Details { name, synopsis, running_time, run_start, run_end, poster_uri, home_price } =
            title.details.clone();
        Self {
            id: title.id.0,
            request: title.request,
            kind: title.kind.into(),
            sort_key: sort_key(&name).into_bytes(),
            search_text: lower_cased(&format!("{name}\n{synopsis}")),
            name,
            synopsis,
            running_seconds: running_time.as_secs().cast_signed(),
            run_start,
            run_end,
            poster_uri,
            home_price_minor: home_price.map(Money::minor),
            home_price_currency: home_price.map(|it| it.currency().code().to_owned()),
            rating_stars: title.rating.stars_total.cast_signed(),
            rating_count: title.rating.count.cast_signed(),
            rating_version: title.rating.version.cast_signed(),
            state: title.state.into(),
            version: title.version.cast_signed(),
            created_at: title.created_at,
            updated_at: title.updated_at,
        }
    }
}

impl From<KindColumn> for Kind {
    fn from(kind: KindColumn) -> Self {
        match kind {
            KindColumn::Film => Self::Film,
            KindColumn::Musical => Self::Musical,
        }
    }
}

impl From<Kind> for KindColumn {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Film => Self::Film,
            Kind::Musical => Self::Musical,
        }
    }
}

impl From<StateColumn> for State {
    fn from(state: StateColumn) -> Self {
        match state {
            StateColumn::Listed => Self::Listed,
            StateColumn::Removed => Self::Removed,
        }
    }
}

impl From<State> for StateColumn {
    fn from(state: State) -> Self {
        match state {
            State::Listed => Self::Listed,
            State::Removed => Self::Removed,
        }
    }
}
