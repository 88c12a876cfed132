//! A stranger's first minutes: the programme that is put in, and the lines that are printed to paste.

use std::sync::Arc;

use boxoffice_acceptance::catalog::v1::{Kind, ListTitlesRequest, Title};
use boxoffice_acceptance::seating::v1::{ListShowingsRequest, SeatState, Showing};
use boxoffice_acceptance::{Context, Person, Settings, Single, World, eventually, in_single};
use boxoffice_testkit::platform::Platform as _;
use boxoffice_testkit::servers::Tools;
use serde_json::Value;
use tokio::process::Command;

const DAY: i64 = 86_400;

/// The lines printed at the start, once all of them are.
async fn printed(single: &Single) -> String {
    eventually("it says how to go on", || async {
        let words = single.words().await;
        words.contains("buy by grpcurl:").then_some(words)
    })
    .await
}

/// The rest of the line that begins so.
fn line<'a>(words: &'a str, label: &str) -> &'a str {
    let line = words.lines().find_map(|line| line.trim_start().strip_prefix(label));
    line.unwrap_or_else(|| panic!("no `{label}` in\n{words}")).trim()
}

/// What a pasted line prints.
async fn paste(line: &str) -> Value {
    let grpcurl = Tools::find().program("grpcurl").unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = format!("{}:{}", grpcurl.parent().unwrap().display(), path.to_string_lossy());
    let shell = Command::new("sh").args(["-c", line]).env("PATH", path).output().await.unwrap();
    let (told, error) = (shell.stdout, String::from_utf8_lossy(&shell.stderr).into_owned());
    serde_json::from_slice(&told).unwrap_or_else(|_| panic!("{line}\n{error}"))
}

async fn titles(person: &Person) -> Vec<Title> {
    let request = ListTitlesRequest { page_size: 200, ..ListTitlesRequest::default() };
    let answer = person.client(Context::CATALOG).catalog().list_titles(request).await;
    answer.unwrap().into_inner().titles
}

async fn showings(person: &Person) -> Vec<Showing> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request =
            ListShowingsRequest { page_size: 200, page_token, ..ListShowingsRequest::default() };
        let answer = person.client(Context::SEATING).seating().list_showings(request).await;
        let page = answer.unwrap().into_inner();
        all.extend(page.showings);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// The lines marked `buy by curl:` and `buy by grpcurl:` buy a ticket each, as they stand.
async fn the_printed_lines_buy_a_ticket(world: World, single: Arc<Single>) {
    let words = printed(&single).await;
    let by_curl = paste(line(&words, "buy by curl:")).await;
    assert_eq!(by_curl["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{by_curl}");
    let by_grpcurl = paste(line(&words, "buy by grpcurl:")).await;
    assert_eq!(by_grpcurl["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{by_grpcurl}");
    assert_ne!(by_curl["booking"]["bookingId"], by_grpcurl["booking"]["bookingId"]);

    let nobody = world.nobody();
    for bought in [by_curl, by_grpcurl] {
        let seats = &bought["booking"]["showing"];
        let showing = seats["showingId"].as_str().unwrap();
        let seat = seats["seats"][0].as_str().unwrap();
        eventually("the seat is sold", || async {
            (nobody.seat(showing, seat).await == SeatState::Sold).then_some(())
        })
        .await;
    }
}
in_single!(the_printed_lines_buy_a_ticket, Settings::default().demo());

/// At least 6 films and 3 stage shows, 2 halls with identified seats and 2 with general admission, for two weeks.
async fn the_programme_is_a_believable_one(world: World, single: Arc<Single>) {
    printed(&single).await;
    let nobody = world.nobody();
    let titles = titles(&nobody).await;
    let of = |kind| titles.iter().filter(|it| it.kind() == kind).count();
    assert!(of(Kind::Film) >= 6 && of(Kind::Musical) >= 3, "{titles:?}");
    assert!(titles.iter().all(|it| !it.synopsis.is_empty()));

    let showings = showings(&nobody).await;
    let mut venues: Vec<_> = showings.iter().map(|it| (&it.venue, it.seat_map)).collect();
    venues.sort();
    venues.dedup();
    let with_seats = venues.iter().filter(|(_, seats)| *seats).count();
    assert!(with_seats >= 2 && venues.len() - with_seats >= 2, "{venues:?}");
    let starts = showings.iter().map(|it| it.start_time.unwrap().seconds);
    let (first, last) = (starts.clone().min().unwrap(), starts.max().unwrap());
    assert!(last - first >= 11 * DAY, "two weeks of showings, not {} s", last - first);

    let large = showings.iter().find(|it| it.capacity >= 800 && it.seat_map).unwrap();
    assert!(large.prices.len() >= 4, "{large:?}");
    let map = nobody.seat_map(&large.showing_id).await.unwrap();
    assert!(map.seats.iter().any(|it| it.curve > 0), "its rows are curved");
}
in_single!(the_programme_is_a_believable_one, Settings::default().demo());

/// Neither a restart nor `boxoffice demo` adds anything twice.
async fn the_programme_is_put_in_once(world: World, single: Arc<Single>) {
    printed(&single).await;
    let nobody = world.nobody();
    let before = (titles(&nobody).await.len(), showings(&nobody).await.len());
    single.stop(Context::CATALOG).await.unwrap();
    single.start(Context::CATALOG).await.unwrap();
    let url = single.url(Context::CATALOG);
    let again = single.operate(&["demo", "--url", &url]).await.unwrap();
    assert!(again.status.success(), "{}", again.text());
    let nobody = world.nobody();
    assert_eq!((titles(&nobody).await.len(), showings(&nobody).await.len()), before);
}
in_single!(the_programme_is_put_in_once, Settings::default().demo());

/// `--no-demo` leaves it out, and `boxoffice demo` puts it in later.
async fn the_programme_may_be_left_out_and_put_in_later(world: World, single: Arc<Single>) {
    let nobody = world.nobody();
    assert_eq!(titles(&nobody).await, []);
    let url = single.url(Context::CATALOG);
    let told = single.operate(&["demo", "--url", &url]).await.unwrap();
    assert!(told.status.success(), "{}", told.text());
    assert!(titles(&nobody).await.len() >= 9);
    assert!(!showings(&nobody).await.is_empty());
}
in_single!(the_programme_may_be_left_out_and_put_in_later, Settings::default());
