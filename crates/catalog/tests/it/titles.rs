//! Registering, reading, changing and removing.

use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::google::r#type::{Date, Money};
use boxoffice_contracts::wkt;
use boxoffice_runtime::Role;
use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;

use crate::sandbox::{Sandbox, film, refusal, registration};

fn won(units: i64) -> Option<Money> {
    Some(Money { currency_code: "KRW".to_owned(), units, nanos: 0 })
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A film about which everything is said.
fn nosferatu() -> pb::Title {
    pb::Title {
        synopsis: "Eine Symphonie des Grauens.\nIn fünf Akten 🧛".to_owned(),
        run_start: day(2026, 10, 31),
        run_end: day(2027, 2, 28),
        poster_uri: "https://example.org/nosferatu.jpg".to_owned(),
        home_price: won(4_500),
        ..film("Nosferatu")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registered_title_is_found_by_everybody_as_it_was_said() {
    for sandbox in Sandbox::each().await {
        let registered = sandbox.register(nosferatu()).await.unwrap();

        let customer = sandbox.client("alice", Role::Customer);
        let request = pb::GetTitleRequest { title_id: registered.title_id.clone() };
        let found = customer.clone().get_title(request).await.unwrap().into_inner();
        assert_eq!(found.title.as_ref(), Some(&registered), "{}", sandbox.name);

        assert!(registered.create_time.is_some());
        let expected = pb::Title {
            title_id: registered.title_id.clone(),
            rating: Some(pb::Rating { average: 0.0, count: 0 }),
            state: pb::TitleState::Listed.into(),
            create_time: registered.create_time,
            update_time: registered.create_time,
            ..nosferatu()
        };
        assert_eq!(registered, expected, "{}", sandbox.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_changes_the_programme() {
    let sandbox = Sandbox::sqlite().await;
    let title_id = sandbox.register(nosferatu()).await.unwrap().title_id;

    let mut customer = sandbox.client("alice", Role::Customer);
    let denied = Code::PermissionDenied;
    let answer = customer.register_title(registration(film("Mine"))).await;
    assert_eq!(refusal(answer).0, denied);
    let title = pb::Title { title_id: title_id.clone(), ..film("Mine") };
    let request = pb::UpdateTitleRequest { title: Some(title), update_mask: None };
    assert_eq!(refusal(customer.update_title(request).await).0, denied);
    let request = pb::RemoveTitleRequest { title_id: title_id.clone() };
    assert_eq!(refusal(customer.remove_title(request).await).0, denied);

    assert_eq!(sandbox.get(&title_id).await.unwrap().name, "Nosferatu");
}

#[tokio::test(flavor = "multi_thread")]
async fn same_request_many_times_is_one_title() {
    for sandbox in Sandbox::each().await {
        let request = registration(nosferatu());
        let ignored = pb::Title {
            title_id: Uuid::now_v7().to_string(),
            state: pb::TitleState::Removed.into(),
            rating: Some(pb::Rating { average: 5.0, count: 1_000 }),
            create_time: Some(wkt::Timestamp { seconds: 1, nanos: 0 }),
            ..nosferatu()
        };
        let tries = (0..20).map(|n| {
            let mut admin = sandbox.admin.clone();
            let title = if n % 2 == 0 { nosferatu() } else { ignored.clone() };
            let request = pb::RegisterTitleRequest { title: Some(title), ..request.clone() };
            async move { admin.register_title(request).await.unwrap().into_inner().title.unwrap() }
        });
        let titles = join_all(tries).await;

        assert!(titles.iter().all(|title| *title == titles[0]), "{}", sandbox.name);
        assert_eq!(sandbox.count("titles").await, 1);
        assert_eq!(sandbox.count("outbox").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn request_id_is_good_for_one_title_of_one_admin() {
    for sandbox in Sandbox::each().await {
        let request = registration(nosferatu());
        let mut admin = sandbox.admin.clone();
        let first = admin.register_title(request.clone()).await.unwrap().into_inner();

        let title = Some(pb::Title { synopsis: "Another".to_owned(), ..nosferatu() });
        let other = pb::RegisterTitleRequest { title, ..request.clone() };
        let status = admin.register_title(other).await;
        let reused = (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned());
        assert_eq!(refusal(status), reused, "{}", sandbox.name);
        assert_eq!(sandbox.count("titles").await, 1);

        let mut colleague = sandbox.client("cem", Role::Admin);
        let second = colleague.register_title(request).await.unwrap().into_inner();
        assert_ne!(first.title.unwrap().title_id, second.title.unwrap().title_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn update_changes_what_its_mask_names() {
    for sandbox in Sandbox::each().await {
        let before = sandbox.register(nosferatu()).await.unwrap();
        let title = pb::Title { title_id: before.title_id.clone(), ..film("Nosferatu, restored") };

        let after = sandbox.update(title, &["name", "home_price", "run_end"]).await.unwrap();

        let expected = pb::Title {
            name: "Nosferatu, restored".to_owned(),
            home_price: None,
            run_end: None,
            update_time: after.update_time,
            ..before.clone()
        };
        assert_eq!(after, expected, "{}", sandbox.name);
        assert_eq!(sandbox.get(&before.title_id).await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn update_without_mask_changes_what_is_set() {
    for sandbox in Sandbox::each().await {
        let before = sandbox.register(nosferatu()).await.unwrap();
        let title_id = before.title_id.clone();
        let title = pb::Title { title_id, home_price: won(2_900), ..pb::Title::default() };

        let after = sandbox.update(title.clone(), &[]).await.unwrap();
        let update_time = after.update_time;
        assert_eq!(after, pb::Title { home_price: won(2_900), update_time, ..before });

        // Its own effect: the same answer again, and no second event.
        assert_eq!(sandbox.update(title, &[]).await.unwrap(), after);
        assert_eq!(sandbox.count("outbox").await, 2, "{}", sandbox.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_title_is_found_but_neither_listed_nor_changed() {
    for sandbox in Sandbox::each().await {
        let before = sandbox.register(nosferatu()).await.unwrap();
        let title_id = &before.title_id;

        let removed = sandbox.remove(title_id).await.unwrap();
        assert_eq!(removed.state, i32::from(pb::TitleState::Removed));
        assert_eq!(sandbox.remove(title_id).await.unwrap(), removed, "{}", sandbox.name);
        assert_eq!(sandbox.count("outbox").await, 2);

        assert_eq!(sandbox.get(title_id).await.unwrap(), removed);
        let listed = sandbox.list(pb::ListTitlesRequest::default()).await.unwrap();
        assert_eq!(listed.titles, []);
        for title in [removed.clone(), pb::Title { name: "Other".to_owned(), ..removed.clone() }] {
            let expected = (Code::FailedPrecondition, "TITLE_REMOVED".to_owned());
            assert_eq!(refusal(sandbox.update(title, &["name"]).await), expected);
        }
        assert_eq!(sandbox.get(title_id).await.unwrap(), removed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_are_kept_by_http_as_by_grpc() {
    let sandbox = Sandbox::sqlite().await;
    let base = format!("http://{}/v1/titles", sandbox.address);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let read = async |request: reqwest::RequestBuilder| {
        let answer = request.bearer_auth(sandbox.token()).send().await.unwrap();
        let (status, body) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()["title"].clone()
    };

    let title = serde_json::json!({
        "kind": "KIND_FILM", "name": "The General", "runningTime": "4740s",
        "homePrice": { "currencyCode": "KRW", "units": "3500" },
    });
    let body = serde_json::json!({ "requestId": Uuid::now_v7(), "title": title });
    let registered = read(http.post(&base).json(&body)).await;
    assert_eq!(registered["name"], "The General");
    let one = format!("{base}/{}", registered["titleId"].as_str().unwrap());

    let change = serde_json::json!({ "synopsis": "Trains.", "name": "not in the mask" });
    let patch = http.patch(format!("{one}?updateMask=synopsis,homePrice")).json(&change);
    let updated = read(patch).await;
    assert_eq!(updated["name"], "The General");
    assert_eq!(updated["synopsis"], "Trains.");
    assert_eq!(updated.get("homePrice").filter(|price| !price.is_null()), None);

    assert_eq!(read(http.get(&one)).await, updated);
    assert_eq!(read(http.delete(&one)).await["state"], "TITLE_STATE_REMOVED");
}
