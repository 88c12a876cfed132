//! What holds for every contract, however many there will be.

use std::collections::BTreeSet;

use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::{access, name_of, openapi, pool, public_services};
use prost_reflect::{FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::Value;

/// Our own files.
fn files() -> Vec<FileDescriptor> {
    let files = pool().files().filter(|file| file.package_name().starts_with("boxoffice."));
    let files: Vec<_> = files.collect();
    assert!(files.len() >= 8, "the contracts are gone");
    files
}

fn methods() -> Vec<MethodDescriptor> {
    let services = files().into_iter().flat_map(|file| file.services().collect::<Vec<_>>());
    services.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

#[test]
fn every_rpc_says_who_may_call_it() {
    for method in methods() {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let roles = access().get(&path).unwrap_or_else(|| panic!("{path} says nothing"));
        assert!(!roles.is_empty() && !roles.contains(&Role::Unspecified), "{path}: {roles:?}");
    }
    assert_eq!(access().len(), methods().len());
}

#[test]
fn what_our_services_call_is_not_for_the_public() {
    let public = public_services();
    for method in methods() {
        let service = method.parent_service().full_name().to_owned();
        let roles = &access()[&format!("/{service}/{}", method.name())];
        if roles == &[Role::Service] {
            assert!(!public.contains(&service), "{service} is public");
        } else {
            assert!(public.contains(&service), "{service} is not public");
        }
    }
}

#[test]
fn every_public_rpc_is_in_the_openapi_document() {
    let document: Value = serde_json::from_str(openapi()).unwrap();
    let mut documented = BTreeSet::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            documented.insert(operation["operationId"].as_str().unwrap().to_owned());
            assert!(!operation["description"].as_str().unwrap().is_empty(), "{operation}");
            assert!(!operation["x-roles"].as_array().unwrap().is_empty(), "{operation}");
            assert!(operation["security"].is_array(), "{operation}");
        }
    }
    let public = public_services();
    let expected: BTreeSet<String> = methods()
        .into_iter()
        .filter(|method| public.contains(&method.parent_service().full_name().to_owned()))
        .map(|method| method.name().to_owned())
        .collect();
    assert_eq!(documented, expected);
}

#[test]
fn the_openapi_document_refers_only_to_what_it_has() {
    let document: Value = serde_json::from_str(openapi()).unwrap();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference.clone());
            }
            members.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn one_place_in_a_path_has_one_name() {
    let document: Value = serde_json::from_str(openapi()).unwrap();
    let mut seen = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let places = path.split('{').map(|part| part.split_once('}').map_or(part, |it| it.1));
        assert!(seen.insert(places.collect::<Vec<_>>().join("{}")), "{path}");
    }
}

#[test]
fn every_message_field_rpc_and_enum_value_has_a_comment() {
    let mut silent = Vec::new();
    for file in files() {
        let commented: BTreeSet<Vec<i32>> = file
            .file_descriptor_proto()
            .source_code_info
            .iter()
            .flat_map(|info| &info.location)
            .filter(|location| !location.leading_comments().trim().is_empty())
            .map(|location| location.path.clone())
            .collect();
        let mut things: Vec<(String, Vec<i32>)> = Vec::new();
        for service in file.services() {
            things.push((service.full_name().to_owned(), service.path().to_vec()));
            let methods = service.methods();
            things.extend(methods.map(|it| (it.full_name().to_owned(), it.path().to_vec())));
        }
        for message in file.messages() {
            things.push((message.full_name().to_owned(), message.path().to_vec()));
            let fields = message.fields();
            things.extend(fields.map(|it| (it.full_name().to_owned(), it.path().to_vec())));
            let oneofs = message.oneofs();
            things.extend(oneofs.map(|it| (it.full_name().to_owned(), it.path().to_vec())));
        }
        for enumeration in file.enums() {
            things.push((enumeration.full_name().to_owned(), enumeration.path().to_vec()));
            let values = enumeration.values();
            things.extend(values.map(|it| (it.full_name().to_owned(), it.path().to_vec())));
        }
        silent.extend(things.into_iter().filter(|(_, path)| !commented.contains(path)));
    }
    assert_eq!(silent, []);
}

#[test]
fn a_message_knows_its_full_name() {
    use boxoffice_contracts::booking::v1::BookingPlaced;
    assert_eq!(name_of::<BookingPlaced>(), "boxoffice.booking.v1.BookingPlaced");
}

/// What an event may say in words or bytes: ids, names of things, reasons. Streams are kept for ever, so nothing here is a person's: no name, contact or text
/// of theirs. A field that is added is thought about here first.
const WORDS: [&str; 20] = [
    "boxoffice.booking.v1.ShowingSeats.seats",
    "boxoffice.booking.v1.ShowingSeats.showing_id",
    "boxoffice.booking.v1.HomeMovie.title_id",
    "boxoffice.booking.v1.Rejection.provider_reason",
    "boxoffice.booking.v1.Rejection.seats",
    "boxoffice.catalog.v1.Title.name",
    "boxoffice.catalog.v1.Title.poster_uri",
    "boxoffice.catalog.v1.Title.synopsis",
    "boxoffice.catalog.v1.Title.title_id",
    "google.type.Money.currency_code",
    "booking_id",
    "delivery_id",
    "license_id",
    "notice_id",
    "payment_id",
    "provider_reason",
    "review_id",
    "seats",
    "showing_id",
    "title_id",
];

/// Issue 5, 12. Of a person an event says their `sub` and the provider's reference of how they pay, in fields of its own that `boxoffice privacy` knows, and
/// nothing else.
#[test]
fn no_event_says_who_a_person_is() {
    let whose = ["customer_id", "payment_method", "venue"];
    let events = files().into_iter().filter(|file| file.name().ends_with("_events.proto"));
    let events: Vec<_> = events.flat_map(|file| file.messages().collect::<Vec<_>>()).collect();
    assert!(events.len() > 25, "the events are gone");
    let mut strange = Vec::new();
    for event in &events {
        for field in words(event) {
            let known = WORDS.contains(&&*field)
                || field.rsplit_once('.').is_some_and(|(of, name)| {
                    of == event.full_name() && (WORDS.contains(&name) || whose.contains(&name))
                });
            strange.extend((!known).then_some(field));
        }
    }
    assert_eq!(strange, Vec::<String>::new());
}

/// The full names of the fields of text or bytes in a message and in those in it.
fn words(message: &MessageDescriptor) -> Vec<String> {
    let of = |field: FieldDescriptor| match field.kind().as_message() {
        Some(inner) => words(inner),
        None if matches!(field.kind(), Kind::String | Kind::Bytes) => {
            vec![field.full_name().to_owned()]
        }
        None => Vec::new(),
    };
    message.fields().flat_map(of).collect()
}
