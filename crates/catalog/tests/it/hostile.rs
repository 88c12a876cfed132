//! What nobody should send: one typed error each, and nothing written.

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::google::r#type::{Date, Money};
use boxoffice_contracts::wkt;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::sandbox::{Sandbox, film, refusal, registration};

type Change = fn(&mut pb::Title);

/// A change that spoils a good title, and the field that is at fault.
const SPOILED: &[(&str, Change, &str)] = &[
    ("no kind", |it| it.kind = 0, "title.kind"),
    ("unknown kind", |it| it.kind = 99, "title.kind"),
    ("negative kind", |it| it.kind = -1, "title.kind"),
    ("no name", |it| it.name = String::new(), "title.name"),
    ("blank name", |it| it.name = " \u{a0}\t".to_owned(), "title.name"),
    ("long name", |it| it.name = "n".repeat(201), "title.name"),
    ("name with NUL", |it| it.name = "a\0b".to_owned(), "title.name"),
    ("long synopsis", |it| it.synopsis = "s".repeat(10_001), "title.synopsis"),
    ("synopsis with NUL", |it| it.synopsis = "a\0b".to_owned(), "title.synopsis"),
    ("no length", |it| it.running_time = None, "title.running_time"),
    ("zero length", |it| it.running_time = seconds(0, 0), "title.running_time"),
    ("negative length", |it| it.running_time = seconds(-1, 0), "title.running_time"),
    ("half a second", |it| it.running_time = seconds(1, 500_000_000), "title.running_time"),
    ("two minds", |it| it.running_time = seconds(1, -1), "title.running_time"),
    ("more than a day", |it| it.running_time = seconds(86_401, 0), "title.running_time"),
    ("for ever", |it| it.running_time = seconds(i64::MAX, 0), "title.running_time"),
    ("30 February", |it| it.run_start = day(2026, 2, 30), "title.run_start"),
    ("month only", |it| it.run_start = day(2026, 2, 0), "title.run_start"),
    ("no year", |it| it.run_end = day(0, 2, 1), "title.run_end"),
    ("negative month", |it| it.run_end = day(2026, -2, 1), "title.run_end"),
    ("year 10,000", |it| it.run_end = day(10_000, 1, 1), "title.run_end"),
    (
        "end before start",
        |it| (it.run_start, it.run_end) = (day(2026, 2, 2), day(2026, 2, 1)),
        "title.run_end",
    ),
    ("poster is no address", |it| it.poster_uri = "poster".to_owned(), "title.poster_uri"),
    ("poster is a script", |it| it.poster_uri = "javascript:x".to_owned(), "title.poster_uri"),
    ("long poster", |it| it.poster_uri = long_poster(), "title.poster_uri"),
    ("price in pebbles", |it| it.home_price = money("XXX", 1, 0), "title.home_price"),
    ("price without currency", |it| it.home_price = money("", 1, 0), "title.home_price"),
    ("negative price", |it| it.home_price = money("KRW", -1, 0), "title.home_price"),
    ("half a won", |it| it.home_price = money("KRW", 1, 500_000_000), "title.home_price"),
    ("price of the world", |it| it.home_price = money("KRW", i64::MAX, 0), "title.home_price"),
    (
        "musical at home",
        |it| (it.kind, it.home_price) = (pb::Kind::Musical.into(), money("KRW", 1, 0)),
        "title.home_price",
    ),
];

fn seconds(seconds: i64, nanos: i32) -> Option<wkt::Duration> {
    Some(wkt::Duration { seconds, nanos })
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

fn money(currency: &str, units: i64, nanos: i32) -> Option<Money> {
    Some(Money { currency_code: currency.to_owned(), units, nanos })
}

fn long_poster() -> String {
    format!("https://example.org/{}", "p".repeat(2_000))
}

fn fields(status: &Status) -> Vec<String> {
    let violations = status.get_details_bad_request().map(|it| it.field_violations);
    violations.unwrap_or_default().into_iter().map(|it| it.field).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn unsound_title_is_neither_registered_nor_put_in_place_of_a_sound_one() {
    for sandbox in Sandbox::each().await {
        let sound = sandbox.register(film("Sound")).await.unwrap();
        for (case, spoil, field) in SPOILED {
            let mut title = film("Spoiled");
            spoil(&mut title);

            let status = sandbox.register(title.clone()).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{case} on {}", sandbox.name);
            assert_eq!(fields(&status), [*field], "{case}");
            assert!(!refusal(Err::<(), _>(status)).1.is_empty(), "{case}");

            let path = field.strip_prefix("title.").unwrap();
            if path == "kind" || *case == "musical at home" {
                continue;
            }
            title.title_id.clone_from(&sound.title_id);
            let mask = if path == "run_end" { vec!["run_start", path] } else { vec![path] };
            let status = sandbox.update(title, &mask).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "updating: {case}");
            assert_eq!(fields(&status), [*field], "updating: {case}");
        }
        assert_eq!(sandbox.get(&sound.title_id).await.unwrap(), sound);
        assert_eq!(sandbox.count("titles").await, 1);
        assert_eq!(sandbox.count("outbox").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mask_names_only_what_can_change() {
    let sandbox = Sandbox::sqlite().await;
    let title = sandbox.register(film("Fixed")).await.unwrap();
    for path in ["kind", "title_id", "state", "rating", "rating.count", "title.name", "*", "", "x"]
    {
        let status = sandbox.update(title.clone(), &["name", path]).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{path}");
        assert_eq!(fields(&status), ["update_mask"], "{path}");
    }
    let musical = pb::Title { kind: pb::Kind::Musical.into(), ..title.clone() };
    let status = sandbox.update(musical, &["name"]).await.unwrap_err();
    assert_eq!(fields(&status), ["title.kind"]);
    assert_eq!(sandbox.get(&title.title_id).await.unwrap(), title);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_malformed_ids_are_told_apart() {
    for sandbox in Sandbox::each().await {
        let unknown = Uuid::now_v7().to_string();
        for (id, code) in [
            (unknown.as_str(), Code::NotFound),
            ("nope", Code::InvalidArgument),
            ("", Code::InvalidArgument),
        ] {
            let title = pb::Title { title_id: id.to_owned(), ..film("X") };
            let codes = [
                refusal(sandbox.get(id).await).0,
                refusal(sandbox.remove(id).await).0,
                refusal(sandbox.update(title, &["name"]).await).0,
            ];
            assert_eq!(codes, [code; 3], "{id:?} on {}", sandbox.name);
        }
        assert_eq!(refusal(sandbox.get(&unknown).await).1, "TITLE_NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn request_without_its_parts_is_refused() {
    let sandbox = Sandbox::sqlite().await;
    let mut admin = sandbox.admin.clone();
    let no_title = pb::RegisterTitleRequest { title: None, ..registration(film("X")) };
    assert_eq!(refusal(admin.register_title(no_title).await).0, Code::InvalidArgument);
    for request_id in ["", "1", "not-a-uuid"] {
        let request_id = request_id.to_owned();
        let request = pb::RegisterTitleRequest { request_id, title: Some(film("X")) };
        let status = admin.register_title(request).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec!["request_id".to_owned()])
        );
    }
    let empty = pb::UpdateTitleRequest::default();
    assert_eq!(refusal(admin.update_title(empty).await).0, Code::InvalidArgument);
    assert_eq!(sandbox.count("titles").await, 0);
}
