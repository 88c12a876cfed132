//! Searching the programme (FR-08).

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::google::r#type::Date;
use futures::future::join_all;
use tonic::Code;

use crate::sandbox::{Sandbox, film, refusal};

async fn found(sandbox: &Sandbox, request: pb::ListTitlesRequest) -> Vec<String> {
    let answer = sandbox.list(request).await.unwrap();
    answer.titles.into_iter().map(|title| title.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_words_occur_in_name_or_synopsis_in_any_case() {
    let titles = [
        ("Nosferatu", "Eine Symphonie des Grauens"),
        ("Metropolis", "Above, gardens; below, MACHINES"),
        ("ΟΔΥΣΣΕΥΣ", "Ὁ νόστος"),
        ("춘향전", "사랑 이야기"),
        ("100% Wolle", "snake_case! and c:\\path"),
        ("Größe", "İstanbul'da"),
    ];
    let cases: [(&str, &[&str]); 22] = [
        ("nosferatu", &["Nosferatu"]),
        ("NOSFERATU GRAUENS", &["Nosferatu"]),
        ("grauens nosferatu", &["Nosferatu"]),
        ("nosferatu gardens", &[]),
        ("machin", &["Metropolis"]),
        ("S", &["100% Wolle", "Größe", "Metropolis", "Nosferatu"]),
        ("οδυσσεύς", &[]),
        ("οδυσσευσ", &["ΟΔΥΣΣΕΥΣ"]),
        ("ΝΌΣΤΟ", &["ΟΔΥΣΣΕΥΣ"]),
        ("춘향 사랑", &["춘향전"]),
        ("100%", &["100% Wolle"]),
        ("%", &["100% Wolle"]),
        ("_", &["100% Wolle"]),
        ("e_c", &["100% Wolle"]),
        ("!", &["100% Wolle"]),
        ("c:\\PATH", &["100% Wolle"]),
        ("100_", &[]),
        ("GRÖSSE", &[]),
        ("größe İST", &["Größe"]),
        ("'; DROP TABLE titles; --", &[]),
        ("\"", &[]),
        ("metro\0polis", &["Metropolis"]),
    ];
    for sandbox in Sandbox::each().await {
        for (name, synopsis) in titles {
            let title = pb::Title { synopsis: synopsis.to_owned(), ..film(name) };
            sandbox.register(title).await.unwrap();
        }
        for (query, expected) in cases {
            let request = pb::ListTitlesRequest { query: query.to_owned(), ..Default::default() };
            assert_eq!(found(&sandbox, request).await, expected, "{query:?} on {}", sandbox.name);
        }
        let blank = pb::ListTitlesRequest { query: " \0\t".to_owned(), ..Default::default() };
        assert_eq!(found(&sandbox, blank).await.len(), titles.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kind_and_date_narrow_the_list() {
    let day = |day| Some(Date { year: 2026, month: 12, day });
    let musical = i32::from(pb::Kind::Musical);
    let titles = [
        film("always"),
        pb::Title { run_start: day(10), run_end: day(20), ..film("ten days") },
        pb::Title { run_start: day(15), ..film("from the 15th") },
        pb::Title { run_end: day(15), kind: musical, ..film("until the 15th") },
    ];
    for sandbox in Sandbox::each().await {
        for outcome in join_all(titles.iter().map(|it| sandbox.register(it.clone()))).await {
            outcome.unwrap();
        }
        let on = |running_on| pb::ListTitlesRequest { running_on, ..Default::default() };
        let cases = [
            (on(day(1)), vec!["always", "until the 15th"]),
            (on(day(10)), vec!["always", "ten days", "until the 15th"]),
            (on(day(15)), vec!["always", "from the 15th", "ten days", "until the 15th"]),
            (on(day(20)), vec!["always", "from the 15th", "ten days"]),
            (on(day(21)), vec!["always", "from the 15th"]),
            (pb::ListTitlesRequest { kind: musical, ..on(None) }, vec!["until the 15th"]),
            (pb::ListTitlesRequest { kind: musical, ..on(day(16)) }, vec![]),
            (pb::ListTitlesRequest { query: "TEN".to_owned(), ..on(day(16)) }, vec!["ten days"]),
        ];
        for (request, expected) in cases {
            let case = format!("{request:?} on {}", sandbox.name);
            assert_eq!(found(&sandbox, request).await, expected, "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn list_that_cannot_be_is_refused() {
    let sandbox = Sandbox::sqlite().await;
    let list = pb::ListTitlesRequest::default;
    let bad = [
        pb::ListTitlesRequest { query: "q".repeat(201), ..list() },
        pb::ListTitlesRequest { kind: 99, ..list() },
        pb::ListTitlesRequest {
            running_on: Some(Date { year: 2026, month: 13, day: 1 }),
            ..list()
        },
        pb::ListTitlesRequest { running_on: Some(Date::default()), ..list() },
        pb::ListTitlesRequest { page_size: -1, ..list() },
        pb::ListTitlesRequest { page_token: "x".repeat(501), ..list() },
        pb::ListTitlesRequest { page_token: "bm90IG91cnM".to_owned(), ..list() },
    ];
    for request in bad {
        let case = format!("{request:?}");
        let (code, reason) = refusal(sandbox.list(request).await);
        assert_eq!(code, Code::InvalidArgument, "{case}");
        assert!(!reason.is_empty(), "{case}");
    }
}
