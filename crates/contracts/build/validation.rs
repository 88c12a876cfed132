//! The rules of the contracts as Rust: `Validate` for every request, whether it has rules or not.
//!
//! The generator knows all rules but one shape: a message inside a `oneof`. It gets the descriptors
//! without those, and what it left out is written here.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use prost_reflect::prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor,
    Value,
};

/// Numbers of `google.protobuf.FieldDescriptorProto.Type`.
const TYPE_BOOL: i32 = 8;
const TYPE_MESSAGE: i32 = 11;

/// What every generated `validate` begins with.
const BEGINNING: &str = "let mut violations = ::std::vec::Vec::new();\n";

/// Writes `validate_impl.rs`; a rule that cannot be compiled fails the build.
pub(crate) fn generate(
    descriptors: &[u8],
    pool: &DescriptorPool,
    out: &Path,
) -> Result<(), Box<dyn Error>> {
    prost_protovalidate_build::Builder::new()
        .file_descriptor_set_bytes(without_oneofs(descriptors, pool)?)
        // Not ours, and not generated from: nothing is to be implemented for it.
        .extern_path(".google.api", "::foreign")
        .fail_on_runtime_only(true)
        .compile()?;

    let path = out.join("validate_impl.rs");
    let mut code = fs::read_to_string(&path)?;
    let requests: BTreeSet<String> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| method.input().full_name().to_owned())
        .collect();
    for request in &requests {
        let request = pool.get_message_by_name(request).ok_or("a request is gone")?;
        complete(&mut code, &request)?;
        refuse_deeper_oneofs(&code, &request, &mut BTreeSet::new())?;
    }
    fs::write(path, code)?;
    Ok(())
}

/// Adds to the code of one request what the generator left out.
fn complete(code: &mut String, request: &MessageDescriptor) -> Result<(), Box<dyn Error>> {
    let rust = request.full_name().replace('.', "::");
    let oneofs: String = oneofs(request).map(|oneof| check(code, &rust, &oneof)).collect();
    let head = format!("for {rust} {{");
    if let Some(found) = code.find(&head) {
        let beginning = code[found..].find(BEGINNING).ok_or("the generator writes differently")?;
        code.insert_str(found + beginning + BEGINNING.len(), &oneofs);
        return Ok(());
    }
    writeln!(
        code,
        "impl ::prost_protovalidate::Validate {head}
    fn validate(&self) -> Result<(), ::prost_protovalidate::ValidationError> {{
        #[allow(unused_mut, reason = \"generated\")]
        {BEGINNING}{oneofs}
        if violations.is_empty() {{
            return Ok(());
        }}
        Err(::prost_protovalidate::ValidationError::new(violations))
    }}
}}"
    )?;
    Ok(())
}

/// A `match` over the oneof that validates whichever message is in it.
fn check(code: &str, rust: &str, oneof: &OneofDescriptor) -> String {
    let (package, message) = rust.rsplit_once("::").unwrap_or_default();
    let (field, kind) = (oneof.name(), camel(oneof.name()));
    let module = crate::bridge::snake(message);
    let mut arms = String::new();
    for variant in oneof.fields().filter(|variant| has_rules(code, variant)) {
        let (name, variant) = (variant.name(), camel(variant.name()));
        arms.push_str(&format!(
            "Some({package}::{module}::{kind}::{variant}(it)) => crate::codec::nested({name:?}, it, &mut violations),\n"
        ));
    }
    if arms.is_empty() {
        return String::new();
    }
    format!("match &self.{field} {{\n{arms}_ => {{}}\n}}\n")
}

/// Only a request's own oneofs are looked into; a rule further down must not be lost in silence.
fn refuse_deeper_oneofs(
    code: &str,
    message: &MessageDescriptor,
    seen: &mut BTreeSet<String>,
) -> Result<(), Box<dyn Error>> {
    for field in message.fields() {
        let Kind::Message(nested) = field.kind() else { continue };
        if !seen.insert(nested.full_name().to_owned()) {
            continue;
        }
        if let Some(oneof) = oneofs(&nested).find(|it| it.fields().any(|it| has_rules(code, &it))) {
            return Err(format!("the rules inside {} would be ignored", oneof.full_name()).into());
        }
        refuse_deeper_oneofs(code, &nested, seen)?;
    }
    Ok(())
}

fn oneofs(message: &MessageDescriptor) -> impl Iterator<Item = OneofDescriptor> {
    message.oneofs().filter(|oneof| !oneof.is_synthetic())
}

fn has_rules(code: &str, field: &FieldDescriptor) -> bool {
    let Kind::Message(message) = field.kind() else { return false };
    code.contains(&format!("for {} {{", message.full_name().replace('.', "::")))
}

/// The descriptors with a `bool` for every message in a `oneof` of ours: as far as the generator goes,
/// that is a oneof without rules inside. Done by reflection, which keeps the options.
fn without_oneofs(descriptors: &[u8], pool: &DescriptorPool) -> Result<Vec<u8>, Box<dyn Error>> {
    let set = pool.get_message_by_name("google.protobuf.FileDescriptorSet");
    let mut set = DynamicMessage::decode(set.ok_or("no FileDescriptorSet")?, descriptors)?;
    for file in messages(&mut set, "file") {
        let name = file.get_field_by_name("name");
        if name.is_some_and(|name| name.as_str().is_some_and(|it| it.starts_with("boxoffice/"))) {
            for message in messages(file, "message_type") {
                simplify(message);
            }
        }
    }
    Ok(set.encode_to_vec())
}

fn simplify(message: &mut DynamicMessage) {
    for field in messages(message, "field") {
        let is_message = field.get_field_by_name("type");
        let is_message = is_message.is_some_and(|it| it.as_enum_number() == Some(TYPE_MESSAGE));
        if is_message && field.has_field_by_name("oneof_index") {
            field.set_field_by_name("type", Value::EnumNumber(TYPE_BOOL));
            field.clear_field_by_name("type_name");
        }
    }
    for nested in messages(message, "nested_type") {
        simplify(nested);
    }
}

fn messages<'a>(
    parent: &'a mut DynamicMessage,
    field: &str,
) -> impl Iterator<Item = &'a mut DynamicMessage> {
    let list = parent.get_field_by_name_mut(field).and_then(Value::as_list_mut);
    list.into_iter().flatten().filter_map(Value::as_message_mut)
}

/// `home_movie` → `HomeMovie`.
fn camel(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    });
    words.collect()
}
