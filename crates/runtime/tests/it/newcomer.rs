//! A context that is not in our contracts: nobody gets in until it has brought its own.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use boxoffice_contracts::DESCRIPTORS;
use boxoffice_runtime::{Role, Server};
use http::{Request, Response};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Code, Status};

use crate::world::{Plan, World, why};

/// Answers whatever it is asked, without a word.
#[derive(Clone)]
struct Kitchen;

const LIST: &str = "ListTitles";
const REMOVE: &str = "RemoveTitle";

impl NamedService for Kitchen {
    const NAME: &'static str = "boxoffice.kitchen.v1.CatalogService";
}

impl tower::Service<Request<Body>> for Kitchen {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Status::ok("").into_http()))
    }
}

/// Catalog's contract under another name of the same length.
fn contract() -> &'static [u8] {
    let mut bytes = DESCRIPTORS.to_vec();
    let found = |at: &usize| bytes[*at..].starts_with(b"catalog");
    for at in (0..bytes.len()).filter(found).collect::<Vec<_>>() {
        bytes[at..at + 7].copy_from_slice(b"kitchen");
    }
    bytes.leak()
}

async fn ask(world: &World, method: &str, role: Role) -> (Code, String) {
    let http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let path = world.url(&format!("/{}/{method}", Kitchen::NAME));
    let mut request = http2.post(path).header("content-type", "application/grpc");
    if role != Role::Anyone {
        request = request.bearer_auth(world.token("someone", role));
    }
    let answer = request.send().await.unwrap();
    why(&Status::from_header_map(answer.headers()).unwrap())
}

#[tokio::test]
async fn a_service_that_no_contract_declares_lets_nobody_in() {
    let more = |server: &mut Server| server.serve(Kitchen);
    let world = Plan { more, ..Plan::default() }.start().await;
    for role in [Role::Anyone, Role::Customer, Role::Admin, Role::Care, Role::Service] {
        for method in [LIST, REMOVE, "", "Sing"] {
            let refused = (Code::PermissionDenied, "ACCESS_UNDECLARED".to_owned());
            assert_eq!(ask(&world, method, role).await, refused, "{method}: {role:?}");
        }
    }
}

#[tokio::test]
async fn a_context_brings_its_own_contract() {
    let more = |server: &mut Server| {
        server.contract(contract()).unwrap();
        server.serve(Kitchen);
    };
    let world = Plan { more, ..Plan::default() }.start().await;
    let ok = (Code::Ok, String::new());
    assert_eq!(ask(&world, LIST, Role::Anyone).await, ok);
    assert_eq!(ask(&world, REMOVE, Role::Admin).await, ok);
    let missing = (Code::Unauthenticated, "TOKEN_MISSING".to_owned());
    assert_eq!(ask(&world, REMOVE, Role::Anyone).await, missing);
    let denied = (Code::PermissionDenied, "ROLE_MISSING".to_owned());
    assert_eq!(ask(&world, REMOVE, Role::Customer).await, denied);
    let unknown = (Code::Unimplemented, "UNKNOWN_METHOD".to_owned());
    assert_eq!(ask(&world, "Sing", Role::Admin).await, unknown);

    let listed = crate::port::listed_by_v1(&world).await;
    assert!(listed.iter().any(|name| name == Kitchen::NAME), "{listed:?}");
}

#[tokio::test]
async fn what_is_no_contract_is_not_taken_in() {
    let more = |server: &mut Server| {
        assert!(server.contract(b"no descriptors").is_err());
        let silent = server.contract(tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap_err();
        let said = silent.to_string();
        assert!(said.ends_with("does not declare who may call it"), "{said}");
    };
    Plan { more, ..Plan::default() }.start().await.stop().await.unwrap();
}
