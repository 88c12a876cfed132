//! Reads, from catalog's own store.

use std::collections::BTreeSet;

use boxoffice_contracts::page::Page;
use boxoffice_kernel::TitleId;
use chrono::NaiveDate;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::Error;
use crate::domain::{Kind, Title};
use crate::store::title::{Column, Entity, KindColumn, StateColumn, lower_cased, sort_key};

/// Which titles a list is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Words that all occur in the name or the synopsis, in any case.
    pub(crate) query: String,
    /// Only of this kind.
    pub(crate) kind: Option<Kind>,
    /// Only those whose run includes this day; a title without run dates always runs.
    pub(crate) running_on: Option<NaiveDate>,
}

/// Where a page begins: after this name and id.
pub(crate) type Cursor = (String, Uuid);

/// One page of titles, and where the next begins, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Titles {
    /// In the order of their names.
    pub(crate) titles: Vec<Title>,
    /// For [`Page::after`].
    pub(crate) next: Option<Cursor>,
}

/// One title, removed ones too.
pub(crate) async fn get(db: &DatabaseConnection, id: TitleId) -> Result<Title, Error> {
    let row = Entity::find_by_id(id.0).one(db).await?.ok_or(Error::NotFound(id))?;
    Ok(row.try_into()?)
}

/// The programme, by name (FR-08). Removed titles are left out.
pub(crate) async fn list(
    db: &DatabaseConnection,
    filter: &Filter,
    page: &Page<Cursor>,
) -> Result<Titles, Error> {
    let mut cursor = Entity::find()
        .filter(Column::State.eq(StateColumn::Listed))
        .filter(matching(filter))
        .cursor_by((Column::SortKey, Column::Id));
    if let Some((name, id)) = &page.after {
        cursor.after((name.clone().into_bytes(), *id));
    }
    // One more than asked for: whether there is a next page is seen, not guessed.
    let rows = cursor.first(page.size + 1).all(db).await?;
    let mut titles = rows.into_iter().map(Title::try_from).collect::<Result<Vec<_>, _>>()?;
    let more = titles.len() as u64 > page.size;
    titles.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let next = titles.last().filter(|_| more).map(after);
    Ok(Titles { titles, next })
}

fn after(title: &Title) -> Cursor {
    (sort_key(&title.details.name), title.id.0)
}

fn matching(filter: &Filter) -> Condition {
    let mut all = Condition::all();
    for word in words(&filter.query) {
        all = all.add(Column::SearchText.like(anywhere(&word)));
    }
    if let Some(kind) = filter.kind {
        all = all.add(Column::Kind.eq(KindColumn::from(kind)));
    }
    if let Some(day) = filter.running_on {
        let either = |one, other| Condition::any().add(one).add(other);
        let begun = either(Column::RunStart.is_null(), Column::RunStart.lte(day));
        let not_over = either(Column::RunEnd.is_null(), Column::RunEnd.gte(day));
        all = all.add(begun).add(not_over);
    }
    all
}

/// Control characters part words too: no title has any, and PostgreSQL takes no NUL.
fn words(query: &str) -> BTreeSet<String> {
    let query = lower_cased(query);
    let words = query.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `100%` is looked for as it stands. The escape is one that no database's string syntax minds.
fn anywhere(word: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('!')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_is_words_in_lower_case_each_once() {
        let found: Vec<_> = words("  The\u{3000}MAGIC\0flute the ").into_iter().collect();
        assert_eq!(found, ["flute", "magic", "the"]);
        assert!(words(" \t\0").is_empty());
    }
}
