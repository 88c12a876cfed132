//! An RPC that does not say who may call it stops the build (NFR-07).

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]

use boxoffice_contracts::{DESCRIPTORS, pool};
use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};

/// What the build script checks all contracts by.
#[path = "../build/access.rs"]
mod access;

/// `google.protobuf.FileDescriptorSet` of our contracts, with the option that names who may remove a title changed.
fn contracts(change: impl Fn(&mut DynamicMessage)) -> DescriptorPool {
    let set = pool().get_message_by_name("google.protobuf.FileDescriptorSet").unwrap();
    let mut set = DynamicMessage::decode(set, DESCRIPTORS).unwrap();
    let file = named(&mut set, "file", "boxoffice/catalog/v1/catalog_service.proto");
    let service = named(file, "service", "CatalogService");
    let method = named(service, "method", "RemoveTitle");
    change(method.get_field_by_name_mut("options").unwrap().as_message_mut().unwrap());
    DescriptorPool::decode(set.encode_to_vec().as_slice()).unwrap()
}

fn named<'a>(parent: &'a mut DynamicMessage, list: &str, name: &str) -> &'a mut DynamicMessage {
    let all = parent.get_field_by_name_mut(list).unwrap().as_list_mut().unwrap();
    let all = all.iter_mut().filter_map(Value::as_message_mut);
    let is_it = |it: &DynamicMessage| it.get_field_by_name("name").unwrap().as_str() == Some(name);
    all.into_iter().find(|it| is_it(it)).unwrap()
}

/// Lets them in.
fn allowing(roles: &'static [i32]) -> impl Fn(&mut DynamicMessage) {
    move |options| {
        let option = pool().get_extension_by_name("boxoffice.access.v1.access").unwrap();
        let access = options.get_extension_mut(&option).as_message_mut().unwrap();
        let roles = roles.iter().map(|role| Value::EnumNumber(*role)).collect();
        access.set_field_by_name("allow", Value::List(roles));
    }
}

fn silent(options: &mut DynamicMessage) {
    options.clear_extension(&pool().get_extension_by_name("boxoffice.access.v1.access").unwrap());
}

#[test]
fn an_rpc_that_does_not_say_who_may_call_it_stops_the_build() {
    for contracts in [
        contracts(silent),
        contracts(allowing(&[])),
        contracts(allowing(&[0])),
        contracts(allowing(&[3, 0])),
    ] {
        let refused = access::check(&contracts).unwrap_err().to_string();
        let method = "boxoffice.catalog.v1.CatalogService.RemoveTitle";
        assert_eq!(refused, format!("{method} does not declare who may call it"));
    }
}

#[test]
fn an_rpc_that_says_so_is_built() {
    let contracts = contracts(allowing(&[4]));
    access::check(&contracts).unwrap();
    let service = contracts.get_service_by_name("boxoffice.catalog.v1.CatalogService").unwrap();
    let method = service.methods().find(|it| it.name() == "RemoveTitle").unwrap();
    assert_eq!(access::roles(&contracts, &method).unwrap(), ["ROLE_CARE"]);
}
