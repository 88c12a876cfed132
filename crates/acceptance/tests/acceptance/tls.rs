//! Everything by TLS at once (issue point 10): one provider of cryptography serves databases and the broker alike.

use boxoffice_acceptance::{CONTEXTS, Context, eventually};
use boxoffice_testkit::platform::{Node, boxoffice};
use boxoffice_testkit::servers::{Authority, Certificate, MariaDb, Nats, Postgres, free_port};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

fn login(password: &str, certificate: &Certificate) -> String {
    format!(
        "authorization {{ user: box, password: {password} }}\n\
         tls {{ cert_file: {:?}, key_file: {:?} }}",
        certificate.certificate, certificate.key
    )
}

/// The flags of a platform whose every server is reached by TLS: my page's is MariaDB.
async fn stores(
    authority: &Authority,
    postgres: &Postgres,
    mariadb: &MariaDb,
    nats: &Nats,
) -> Vec<(String, String)> {
    let ca = authority.file().display().to_string();
    let mut flags = Vec::new();
    for context in CONTEXTS {
        let url = match context == Context::MYPAGE {
            true => format!(
                "{}?ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}",
                mariadb.database().await.unwrap()
            ),
            false => format!(
                "{}?sslmode=verify-full&sslrootcert={ca}",
                postgres.database().await.unwrap()
            ),
        };
        flags.push(("database-url".to_owned(), format!("{context}={url}")));
    }
    let nats = nats.url().replace("nats://", "tls://box:first@");
    flags.push(("nats-url".to_owned(), format!("{nats}?tls-ca={ca}")));
    flags
}

/// Runs a command on these stores; what it prints.
async fn operate(node: &Node, command: &[&str], stores: &[(String, String)]) -> String {
    let mut arguments: Vec<_> = command.iter().map(|it| (*it).to_owned()).collect();
    for (flag, value) in stores {
        arguments.extend([format!("--{flag}"), value.clone()]);
    }
    let told = boxoffice(node.directory(), &arguments).await.unwrap();
    assert!(told.status.success(), "{}{}", told.text(), node.last_words());
    told.stdout
}

async fn health_says(node: &Node, name: &str, expected: ServingStatus) {
    let channel = Endpoint::from_shared(node.url()).unwrap().connect_lazy();
    let health = HealthClient::new(channel);
    eventually(&format!("{name} is {expected:?}"), || async {
        let asked = HealthCheckRequest { service: name.to_owned() };
        let answer = health.clone().check(asked).await.unwrap().into_inner();
        (answer.status() == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_platform_lives_on_tls_alone_and_tells_when_it_is_not_let_in_any_more() {
    let authority = Authority::new().unwrap();
    let certificate = authority.sign("127.0.0.1").unwrap();
    let postgres = Postgres::start_with_tls(&certificate).await.unwrap();
    let mariadb = MariaDb::start_with_tls(&certificate).await.unwrap();
    let mut nats = Nats::start_with(&login("first", &certificate)).await.unwrap();
    let stores = stores(&authority, &postgres, &mariadb, &nats).await;
    let mut node = Node::new("by-tls", free_port().unwrap()).unwrap();
    for (flag, value) in &stores {
        node.add(flag, value.clone());
    }
    node.start().await.unwrap();
    let data = node.data().display().to_string();
    operate(&node, &["demo", "--url", &node.url(), "--data-dir", &data], &[]).await;
    eventually("what was said arrives", || async {
        let said = operate(&node, &["events", "--context", "seating"], &stores).await;
        said.contains("ShowingScheduled").then_some(())
    })
    .await;

    let refused = "NATS: it does not let us in";
    nats.stop().await.unwrap();
    nats.reconfigure(&login("second", &certificate)).unwrap();
    nats.start_again().await.unwrap();
    eventually("it is told", || async { node.last_words().contains(refused).then_some(()) }).await;
    health_says(&node, "broker", ServingStatus::NotServing).await;
    health_says(&node, "booking", ServingStatus::Serving).await;
    nats.stop().await.unwrap();
    nats.reconfigure(&login("first", &certificate)).unwrap();
    nats.start_again().await.unwrap();
    eventually("it is let in again", || async {
        node.last_words().contains("NATS is connected again").then_some(())
    })
    .await;
    health_says(&node, "broker", ServingStatus::Serving).await;
    assert_eq!(node.last_words().matches(refused).count(), 1, "{}", node.last_words());
    assert!(node.stop().await.unwrap().success(), "{}", node.last_words());
}
