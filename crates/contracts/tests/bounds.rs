//! Nothing in a request is as long as its sender likes: each string, each list and each map has a bound, and says so in its contract.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does")]

use std::collections::BTreeSet;

use boxoffice_contracts::pool;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};

/// Bounded by something other than a rule of the contract, with what bounds it.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("google.protobuf.FieldMask.paths", "the size of a request; what is no field is refused"),
    ("google.type.Money.currency_code", "being a currency that is known here"),
];

/// Rules that bound a string by themselves.
const STRING_BOUNDS: [&str; 7] = ["const", "in", "len", "max_bytes", "max_len", "tuuid", "uuid"];

/// Every message that a request has in it, the request included.
fn requested() -> Vec<MessageDescriptor> {
    let ours = pool().services().filter(|it| it.full_name().starts_with("boxoffice."));
    let mut ahead: Vec<_> = ours
        .flat_map(|service| service.methods().map(|it| it.input()).collect::<Vec<_>>())
        .collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(message) = ahead.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        ahead.extend(message.fields().filter_map(|field| field.kind().as_message().cloned()));
        found.push(message);
    }
    found
}

/// The rules of a field for its kind: `string`, `repeated` …
fn rules(field: &FieldDescriptor, kind: &str) -> Option<DynamicMessage> {
    let extension = pool().get_extension_by_name("buf.validate.field").unwrap();
    let options = field.options();
    if !options.has_extension(&extension) {
        return None;
    }
    let rules = options.get_extension(&extension);
    within(rules.as_message()?, kind)
}

fn within(rules: &DynamicMessage, kind: &str) -> Option<DynamicMessage> {
    if !rules.has_field_by_name(kind) {
        return None;
    }
    rules.get_field_by_name(kind)?.as_message().cloned()
}

fn has(rules: Option<&DynamicMessage>, name: &str) -> bool {
    rules.is_some_and(|rules| rules.has_field_by_name(name))
}

fn is_text(field: &FieldDescriptor) -> Option<&'static str> {
    let texts = [(Kind::String, "string"), (Kind::Bytes, "bytes")];
    texts.into_iter().find(|(kind, _)| *kind == field.kind()).map(|(_, name)| name)
}

/// Whether one of its rules bounds a text. A pattern does if nothing in it may be repeated at will.
fn is_bounded(rules: Option<DynamicMessage>) -> bool {
    let Some(rules) = rules else { return false };
    if STRING_BOUNDS.iter().any(|name| rules.has_field_by_name(name)) {
        return true;
    }
    let pattern = rules.get_field_by_name("pattern");
    let pattern = pattern.as_ref().and_then(|it| it.as_str()).unwrap_or_default();
    pattern.starts_with('^')
        && pattern.ends_with('$')
        && !pattern.contains(['*', '+'])
        && !pattern.contains(",}")
}

/// What may be as long as its sender likes.
fn unbounded(field: &FieldDescriptor) -> bool {
    if field.is_map() {
        return !has(rules(field, "map").as_ref(), "max_pairs");
    }
    if field.is_list() {
        let list = rules(field, "repeated");
        let item = |kind| list.as_ref().and_then(|it| within(&within(it, "items")?, kind));
        let text = is_text(field).is_some_and(|kind| !is_bounded(item(kind)));
        return text || !has(list.as_ref(), "max_items");
    }
    is_text(field).is_some_and(|kind| !is_bounded(rules(field, kind)))
}

#[test]
fn every_text_and_every_list_of_a_request_has_a_bound() {
    let messages = requested();
    assert!(messages.len() > 50, "the requests are gone");
    let fields = messages.iter().flat_map(|message| message.fields().collect::<Vec<_>>());
    let open: BTreeSet<String> =
        fields.filter(unbounded).map(|field| field.full_name().to_owned()).collect();
    let excepted: BTreeSet<String> = EXCEPTIONS.iter().map(|(name, _)| (*name).into()).collect();
    assert_eq!(open, excepted);
}
