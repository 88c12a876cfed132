//! A ticket is bought from outside with what everybody has at hand: grpcurl, which knows nothing but the address, and curl.

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::{Person, Plan, VISA, Wish};
use boxoffice_contracts::booking::v1::PlaceBookingRequest;
use boxoffice_testkit::servers::Tools;
use serde_json::{Value, json};

use crate::kube::Kube;
use crate::release::RELEASE;
use crate::world;

fn bearer(person: &Person) -> String {
    format!("authorization: Bearer {}", person.token.as_deref().unwrap_or_default())
}

/// Seat A-1, paid at once.
async fn wish() -> Wish {
    let showing = world().admin().schedule(Plan::rows(1, 4, 9_000)).await;
    Wish::seats(&showing, &["A-1"]).paid_by(VISA)
}

/// What grpcurl makes of a method, by reflection.
async fn grpcurl(kube: &Kube, person: &Person, method: &str, request: &str) -> Result<Value> {
    let program = Tools::find().program("grpcurl")?.display().to_string();
    let address = kube.ingress.strip_prefix("http://").context("a URL")?;
    let address = format!("{address}:80");
    let header = bearer(person);
    let words = ["-plaintext", "-max-time", "20", "-H", &header, "-d", request, &address, method];
    let said = kube.run(&program, &words).await;
    // The words hold a token.
    let said = said.map_err(|error| anyhow::anyhow!(error.to_string().replace(&header, "…")))?;
    Ok(serde_json::from_str(&said)?)
}

/// What curl is answered: the status, and the JSON.
async fn curl(
    kube: &Kube,
    person: &Person,
    path: &str,
    body: Option<&str>,
) -> Result<(u16, Value)> {
    let (header, url) = (bearer(person), format!("{}{path}", kube.ingress));
    let mut words =
        vec!["--silent", "--max-time", "20", "--write-out", "\n%{http_code}", "-H", &header];
    words.extend(body.iter().flat_map(|body| ["-H", "content-type: application/json", "-d", body]));
    words.push(&url);
    let said = kube.run("curl", &words).await;
    let said = said.map_err(|error| anyhow::anyhow!(error.to_string().replace(&header, "…")))?;
    let (said, status) = said.rsplit_once('\n').context("no status")?;
    Ok((status.parse()?, serde_json::from_str(said).with_context(|| said.to_owned())?))
}

/// FR-15, FR-20, CP-08: no proto in hand; the ingress tells what there is.
#[tokio::test]
async fn a_ticket_is_bought_with_grpcurl_by_reflection() -> Result<()> {
    let (kube, alice) = (Kube::here(), world().customer("alice"));
    let request: PlaceBookingRequest = wish().await.request();
    let request = serde_json::to_string(&request)?;
    let service = "boxoffice.booking.v1.BookingService";
    let placed = grpcurl(&kube, &alice, &format!("{service}/PlaceBooking"), &request).await?;
    ensure!(placed["booking"]["state"] == "BOOKING_STATE_CONFIRMED", "{placed}");
    let again = grpcurl(&kube, &alice, &format!("{service}/PlaceBooking"), &request).await?;
    ensure!(again["booking"]["bookingId"] == placed["booking"]["bookingId"], "{again}");
    let listed = grpcurl(&kube, &alice, &format!("{service}/ListBookings"), "{}").await?;
    ensure!(listed["bookings"].as_array().is_some_and(|all| all.len() == 1), "{listed}");
    Ok(())
}

/// FR-15, FR-20, CP-08: as the document at the same address says.
#[tokio::test]
async fn a_ticket_is_bought_with_curl_as_openapi_says() -> Result<()> {
    let (kube, bob) = (Kube::here(), world().customer("bob"));
    let (status, document) = curl(&kube, &bob, "/openapi.json", None).await?;
    ensure!(status == 200 && !document["paths"]["/v1/bookings"]["post"].is_null(), "{status}");
    let request = serde_json::to_string(&wish().await.request())?;
    let (status, placed) = curl(&kube, &bob, "/v1/bookings", Some(&request)).await?;
    ensure!(status == 200, "{status} {placed}");
    ensure!(placed["booking"]["state"] == "BOOKING_STATE_CONFIRMED", "{placed}");
    let id = placed["booking"]["bookingId"].as_str().context("no id")?;
    let (status, read) = curl(&kube, &bob, &format!("/v1/bookings/{id}"), None).await?;
    ensure!(status == 200 && read["booking"]["bookingId"] == id, "{status} {read}");
    Ok(())
}

/// `--trusted-proxies`: an address is what the ingress saw. Whoever writes others before it is counted all the same.
#[tokio::test]
async fn a_caller_is_known_by_the_address_the_ingress_saw() -> Result<()> {
    let kube = Kube::here();
    let values = json!({"contexts": {"catalog": {"settings": {"rate-per-address": 2}}}});
    let limited = kube.upgrade(&values).await?;
    kube.rolled_out("catalog").await?;
    let url = format!("{}/v1/titles", kube.ingress);
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut answers = Vec::new();
    for stranger in 1..=20 {
        let request = client.get(&url).header("x-forwarded-for", format!("198.51.100.{stranger}"));
        answers.push(request.send().await?.status().as_u16());
    }
    limited.roll_back().await.with_context(|| format!("rolling {RELEASE} back"))?;
    ensure!(answers.contains(&200) && answers.contains(&429), "{answers:?}");
    Ok(())
}
