//! Laws of lists, on random programmes.

use boxoffice_contracts::catalog::v1 as pb;
use futures::future::try_join_all;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::sandbox::{Sandbox, film};

/// Few letters, so that names collide and words are found.
const NAME: &str = "[abAB%_ö춘]{1,8}";

#[derive(Clone, Debug)]
struct Case {
    names: Vec<String>,
    words: Vec<String>,
    page_size: i32,
}

fn cases() -> impl Strategy<Value = Case> {
    let names = prop::collection::vec(NAME, 0..24);
    let words = prop::collection::vec("[abAB%_ö춘]{1,2}", 0..3);
    (names, words, 1..9_i32).prop_map(|(names, words, page_size)| Case { names, words, page_size })
}

/// Every title of `query`, page by page.
async fn pages(sandbox: &Sandbox, query: &str, page_size: i32) -> Vec<pb::Title> {
    let mut titles = Vec::new();
    let mut page_token = String::new();
    loop {
        let query = query.to_owned();
        let request = pb::ListTitlesRequest { query, page_size, page_token, ..Default::default() };
        let page = sandbox.list(request).await.unwrap();
        assert!(page.titles.len() <= usize::try_from(page_size).unwrap());
        titles.extend(page.titles);
        if page.next_page_token.is_empty() {
            return titles;
        }
        page_token = page.next_page_token;
    }
}

/// What `ListTitles` has to answer, said by other means.
fn expected(titles: &[pb::Title], words: &[String]) -> Vec<pb::Title> {
    let lower = |text: &str| -> String { text.chars().flat_map(char::to_lowercase).collect() };
    let matches =
        |title: &&pb::Title| words.iter().all(|word| lower(&title.name).contains(&lower(word)));
    let mut found: Vec<_> = titles.iter().filter(matches).cloned().collect();
    found.sort_by_key(|title| (lower(&title.name), title.title_id.parse::<Uuid>().unwrap()));
    found
}

async fn holds(sandbox: &Sandbox, case: &Case) -> Result<(), TestCaseError> {
    // A number of its own keeps this programme apart from those of the other cases.
    let mark = Uuid::now_v7().as_u128().to_string();
    let registered = case
        .names
        .iter()
        .map(|name| sandbox.register(pb::Title { synopsis: mark.clone(), ..film(name) }));
    let titles = try_join_all(registered).await.unwrap();
    let query = format!("{mark} {}", case.words.join(" "));

    let listed = pages(sandbox, &query, case.page_size).await;

    prop_assert_eq!(&listed, &expected(&titles, &case.words));
    prop_assert_eq!(pages(sandbox, &query, 200).await, listed);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_one_after_another_are_the_whole_list_in_order_without_repetition() {
    for sandbox in Sandbox::each().await {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) };
        let mut runner = TestRunner::new(config);
        let law =
            |case: Case| block_in_place(|| Handle::current().block_on(holds(&sandbox, &case)));
        runner.run(&cases(), law).unwrap_or_else(|error| panic!("{}: {error}", sandbox.name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn title_registered_or_removed_meanwhile_shifts_nothing() {
    for sandbox in Sandbox::each().await {
        for name in ["b", "d", "f", "h"] {
            sandbox.register(film(name)).await.unwrap();
        }
        let first = pb::ListTitlesRequest { page_size: 2, ..Default::default() };
        let page = sandbox.list(first.clone()).await.unwrap();
        sandbox.remove(&page.titles[1].title_id).await.unwrap();
        sandbox.register(film("a")).await.unwrap();
        sandbox.register(film("e")).await.unwrap();

        let page_token = page.next_page_token;
        let rest = sandbox.list(pb::ListTitlesRequest { page_token, page_size: 9, ..first }).await;
        let names: Vec<_> = rest.unwrap().titles.into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["e", "f", "h"], "{}", sandbox.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_token_is_short_for_any_name_and_bound_to_its_filters() {
    for sandbox in Sandbox::each().await {
        // Names that take the most room: in a database, and in JSON.
        for name in ["\"".repeat(200), "\\".repeat(200), "춘".repeat(200), "𝔑".repeat(200)] {
            for _ in 0..2 {
                sandbox.register(film(&name)).await.unwrap();
            }
        }
        assert_eq!(pages(&sandbox, "", 1).await.len(), 8, "{}", sandbox.name);

        let first = pb::ListTitlesRequest { page_size: 1, ..Default::default() };
        let page_token = sandbox.list(first.clone()).await.unwrap().next_page_token;
        let kind = pb::Kind::Film.into();
        let other = sandbox.list(pb::ListTitlesRequest { kind, page_token, ..first }).await;
        assert_eq!(other.unwrap_err().code(), tonic::Code::InvalidArgument);
    }
}
