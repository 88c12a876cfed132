//! The programme, put into a running catalog and seating.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_contracts::catalog::v1 as catalog;
use boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use boxoffice_contracts::seating::v1 as seating;
use boxoffice_contracts::seating::v1::seating_service_client::SeatingServiceClient;
use boxoffice_eventing::{Broker, EventLog, LaneCounts};
use boxoffice_kernel::{Clock, Context};
use boxoffice_runtime::auth::{Auth, DevIssuer, Grant};
use boxoffice_runtime::{Deps, Grpc, Limits, Listen, Peers, Role, Running, Server, database};
use chrono::TimeDelta;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Status};
use uuid::Uuid;

use super::put_in;

/// A place to put the programme in, gone with its handle.
struct Platform {
    admin: InterceptedService<Grpc, Bearer>,
    directory: PathBuf,
    _running: Running,
}

#[derive(Clone)]
struct Bearer(AsciiMetadataValue);

// === impl Platform ===

impl Platform {
    async fn start() -> Self {
        let directory = std::env::temp_dir().join(format!("boxoffice-demo-{}", Uuid::now_v7()));
        fs::create_dir_all(&directory).unwrap();
        let issuer = DevIssuer::open(&directory.join("key.pem")).unwrap();
        let auth = Auth::development(issuer.clone());
        let log = EventLog::open(&directory.join("events.db")).await.unwrap();
        let broker: Arc<dyn Broker> = Arc::new(log);

        let mut server = Server::new(auth.clone(), Limits::default());
        let grpc = server.grpc();
        let contexts = [Context::CATALOG, Context::SEATING];
        let peers = Peers::new(contexts, &BTreeMap::new(), grpc.clone(), &auth).unwrap();
        let deps = async |context, migrations| {
            let url = format!("sqlite://{}/{context}.db", directory.display());
            let db = database::connect(&url, &database::Options::default()).await.unwrap();
            database::migrate(&db, migrations).await.unwrap();
            let (broker, peers) = (Arc::clone(&broker), peers.clone());
            let lanes = LaneCounts::suiting(&db.write);
            Deps { context, db, broker, peers, clock: Clock, lanes }
        };
        let catalog = deps(Context::CATALOG, boxoffice_catalog::migrations).await;
        boxoffice_catalog::build(boxoffice_catalog::Config::default(), &catalog, &mut server);
        let seating = deps(Context::SEATING, boxoffice_seating::migrations).await;
        boxoffice_seating::build(boxoffice_seating::Config::default(), &seating, &mut server);
        let running = server.start(Listen::on(([127, 0, 0, 1], 0).into())).await.unwrap();
        let token = issuer.token(&Grant::new("demo-admin", Role::Admin)).unwrap();
        let bearer = Bearer(format!("Bearer {token}").parse().unwrap());
        Self { admin: InterceptedService::new(grpc, bearer), directory, _running: running }
    }

    async fn titles(&self) -> Vec<catalog::Title> {
        let mut client = CatalogServiceClient::new(self.admin.clone());
        let request = catalog::ListTitlesRequest { page_size: 200, ..Default::default() };
        client.list_titles(request).await.unwrap().into_inner().titles
    }

    async fn showings(&self) -> Vec<seating::Showing> {
        let mut client = SeatingServiceClient::new(self.admin.clone());
        let mut showings = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = seating::ListShowingsRequest { page_token, ..Default::default() };
            let page = client.list_showings(request).await.unwrap().into_inner();
            showings.extend(page.showings);
            if page.next_page_token.is_empty() {
                return showings;
            }
            page_token = page.next_page_token;
        }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programme_is_put_in_once_and_extended_the_next_day() {
    let platform = Platform::start().await;
    let put_in = |now| put_in(platform.admin.clone(), platform.admin.clone(), now);
    let now = Clock.now();

    let begun = Instant::now();
    let first = put_in(now).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let (titles, showings) = (platform.titles().await, platform.showings().await);
    assert_eq!((first.titles, first.showings), (titles.len(), showings.len()));

    let again = put_in(now).await.unwrap();
    assert_eq!(again.offer, first.offer);
    assert_eq!(platform.titles().await, titles);
    assert_eq!(platform.showings().await, showings);

    put_in(now + TimeDelta::days(1)).await.unwrap();
    let later = platform.showings().await;
    assert_eq!(later[..showings.len()], showings);
    assert!((5..=20).contains(&(later.len() - showings.len())), "one more day");
}

#[tokio::test(flavor = "multi_thread")]
async fn offered_seats_are_free_and_beside_each_other() {
    let platform = Platform::start().await;
    let now = Clock.now();
    let summary = put_in(platform.admin.clone(), platform.admin.clone(), now).await.unwrap();
    let offer = summary.offer.unwrap();
    assert!(offer.start > now + TimeDelta::hours(12));

    let mut client = SeatingServiceClient::new(platform.admin.clone());
    let request = seating::GetSeatMapRequest { showing_id: offer.showing_id };
    let map = client.get_seat_map(request).await.unwrap().into_inner();
    let places: Vec<_> = map.seats.iter().filter(|it| offer.seats.contains(&it.seat)).collect();
    assert_eq!((places.len(), &places[0].row), (2, &places[1].row));
    assert_eq!(places[0].number + 1, places[1].number);
    let free = i32::from(seating::SeatState::Free);
    assert!(places.iter().all(|it| it.state == free && !it.accessible));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_off_the_programme_stays_off() {
    let platform = Platform::start().await;
    let put_in = |now| put_in(platform.admin.clone(), platform.admin.clone(), now);
    let now = Clock.now();
    let first = put_in(now).await.unwrap();

    let title_id = platform.titles().await[0].title_id.clone();
    let request = catalog::RemoveTitleRequest { title_id: title_id.clone() };
    CatalogServiceClient::new(platform.admin.clone()).remove_title(request).await.unwrap();
    let before = platform.showings().await;
    let again = put_in(now + TimeDelta::days(14)).await.unwrap();

    assert_eq!(again.titles, first.titles - 1);
    let new = platform.showings().await;
    let old: Vec<_> = before.iter().map(|it| &it.showing_id).collect();
    let mut added = new.iter().filter(|it| !old.contains(&&it.showing_id)).peekable();
    assert!(added.peek().is_some());
    assert!(added.all(|it| it.title_id != title_id));
}
