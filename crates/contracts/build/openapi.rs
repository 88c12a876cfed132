//! One `OpenAPI` document of all public services, with what the descriptors know beyond paths and types:
//! comments, roles, rules, the shape of errors.

mod bodies;
mod errors;

use std::error::Error;

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ReflectMessage as _,
};
use serde_json::{Map, Value, json};

use crate::comments::Comments;

/// Merges the services' raw documents and writes down what they leave out.
pub(crate) fn merge(
    pool: &DescriptorPool,
    documents: Vec<String>,
) -> Result<Value, Box<dyn Error>> {
    let comments = Comments::of(pool);
    let writer = Writer { pool, comments: &comments };
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for document in documents {
        let mut document: Value = serde_json::from_str(&document)?;
        for (name, mut schema) in members(&mut document["components"]["schemas"]) {
            writer.schema(&name, &mut schema);
            schemas.insert(name, schema);
        }
        if document.get("x-rest-over-grpc-omitted-operations").is_some() {
            return Err("a path of google.api.http cannot be written in OpenAPI".into());
        }
        for (path, mut operations) in members(&mut document["paths"]) {
            let merged = paths.entry(unnested(&path)).or_insert_with(|| json!({}));
            for (verb, mut operation) in members(&mut operations) {
                writer.operation(&mut operation, &schemas)?;
                merged[verb] = operation;
            }
        }
    }
    bodies::close(&mut paths, &mut schemas);
    schemas.remove("google.rpc.Status");
    schemas.insert("Error".to_owned(), errors::schema());
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Boxoffice",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Tickets for films and stage shows, and films to watch at home. Every call here is also a gRPC call on the same port.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": writer.tags(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": errors::responses(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the configured issuer; its roles decide (`x-roles`). Without a role it is a customer's.",
                },
            },
        },
    }))
}

/// What it reads.
struct Writer<'a> {
    pool: &'a DescriptorPool,
    comments: &'a Comments,
}

// === impl Writer ===

impl Writer<'_> {
    fn tags(&self) -> Vec<Value> {
        let services = super::public_services(self.pool);
        let tag = |service: &prost_reflect::ServiceDescriptor| {
            let about = self.comments.about(&service.parent_file(), service.path());
            json!({"name": tag(service.name()), "description": about})
        };
        services.iter().map(tag).collect()
    }

    fn operation(
        &self,
        operation: &mut Value,
        schemas: &Map<String, Value>,
    ) -> Result<(), Box<dyn Error>> {
        let rpc = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let service = super::public_services(self.pool)
            .into_iter()
            .find(|service| service.methods().any(|method| method.name() == rpc));
        let method = service.and_then(|it| it.methods().find(|method| method.name() == rpc));
        let method = method.ok_or_else(|| format!("no RPC {rpc}"))?;

        let about = self.comments.about(&method.parent_service().parent_file(), method.path());
        operation["summary"] = about.split_inclusive(". ").next().unwrap_or(about).trim().into();
        operation["description"] = about.into();
        operation["tags"] = json!([tag(method.parent_service().name())]);
        self.access(&method, operation)?;
        self.parameters(&method, operation);
        bodies::trim(&method, operation, schemas);
        let responses = &mut operation["responses"];
        responses["200"]["description"] =
            self.comments.about(&method.output().parent_file(), method.output().path()).into();
        errors::declare(responses);
        if method.is_server_streaming() {
            let one = responses["200"]["content"]["application/json"]["schema"]["items"].clone();
            responses["200"]["content"]["text/event-stream"] = json!({"schema": one});
            responses["200"]["content"]["application/x-ndjson"] = json!({"schema": one});
        }
        Ok(())
    }

    fn access(
        &self,
        method: &MethodDescriptor,
        operation: &mut Value,
    ) -> Result<(), Box<dyn Error>> {
        let roles = crate::access::roles(self.pool, method)?;
        let roles: Vec<_> =
            roles.iter().map(|role| role.trim_start_matches("ROLE_").to_lowercase()).collect();
        let anyone = roles.iter().any(|role| role == "anyone");
        operation["security"] =
            if anyone { json!([{}, {"bearer": []}]) } else { json!([{"bearer": []}]) };
        operation["x-roles"] = json!(roles);
        Ok(())
    }

    fn parameters(&self, method: &MethodDescriptor, operation: &mut Value) {
        let parameters = operation["parameters"].take();
        let mut parameters = parameters.as_array().cloned().unwrap_or_default();
        for parameter in &mut parameters {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            if let Some(field) = leaf(&method.input(), &name) {
                parameter["description"] = self.about(&field).into();
                self.rules(&field, &mut parameter["schema"]);
                if field.kind().as_enum().is_some() {
                    // proto3 JSON takes a number for a name.
                    parameter["schema"] =
                        json!({"anyOf": [parameter["schema"], {"type": "integer"}]});
                }
            }
            if parameter["in"] == "path" {
                parameter["name"] = last(&name).into();
            }
        }
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        // Everything is in the path; or nothing is to be changed.
        let nothing_left = in_path == method.input().fields().len()
            || method.input().get_field_by_name("update_mask").is_some();
        if operation.get("requestBody").is_some() && nothing_left {
            operation["requestBody"]["required"] = false.into();
        }
        if let Some(field) = method.input().get_field_by_name("request_id") {
            parameters.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "schema": {"type": "string", "format": "uuid"},
                "description": format!("May stand for `{}`.", field.json_name()),
            }));
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        } else if let Some(operation) = operation.as_object_mut() {
            operation.remove("parameters");
        }
    }

    fn schema(&self, name: &str, schema: &mut Value) {
        if let Some(message) = self.pool.get_message_by_name(name) {
            let about = self.comments.about(&message.parent_file(), message.path());
            schema["description"] = about.into();
            let mut required = Vec::new();
            for field in message.fields() {
                let property = &mut schema["properties"][field.json_name()];
                property["description"] = self.about(&field).into();
                if self.rules(&field, property) {
                    required.push(field.json_name().to_owned());
                }
            }
            if !required.is_empty() {
                schema["required"] = json!(required);
            }
        } else if let Some(enumeration) = self.pool.get_enum_by_name(name) {
            let file = enumeration.parent_file();
            let mut about = self.comments.about(&file, enumeration.path()).to_owned();
            for value in enumeration.values() {
                let said = self.comments.about(&file, value.path());
                about.push_str(&format!("\n- `{}`: {said}", value.name()));
            }
            schema["description"] = about.into();
        }
    }

    fn about(&self, field: &FieldDescriptor) -> &str {
        self.comments.about(&field.parent_file(), field.path())
    }

    /// Writes the rules that `OpenAPI` has words for; whether the field has to be there.
    fn rules(&self, field: &FieldDescriptor, schema: &mut Value) -> bool {
        if let Some(pattern) = pattern(field) {
            schema["pattern"] = pattern.into();
        }
        let Some(extension) = self.pool.get_extension_by_name("buf.validate.field") else {
            return false;
        };
        let options = field.options();
        let rules = options.get_extension(&extension);
        let Some(rules) = rules.as_message() else { return false };
        if let Some(string) = part(rules, "string") {
            let uuid = said(&string, "uuid").is_some_and(|it| it.as_bool() == Some(true));
            if uuid {
                schema["format"] = "uuid".into();
            }
            for (rule, word) in [("min_len", "minLength"), ("max_len", "maxLength")] {
                if let Some(length) = said(&string, rule).and_then(|it| it.as_u64()) {
                    schema[word] = length.into();
                }
            }
            if let Some(pattern) = said(&string, "pattern") {
                schema["pattern"] = pattern.as_str().unwrap_or_default().into();
            }
        }
        if let Some(number) = part(rules, "int32") {
            for (rule, word) in [("gte", "minimum"), ("lte", "maximum")] {
                if let Some(bound) = said(&number, rule).and_then(|it| it.as_i32()) {
                    schema[word] = bound.into();
                }
            }
        }
        if let Some(list) = part(rules, "repeated") {
            for (rule, word) in [("min_items", "minItems"), ("max_items", "maxItems")] {
                if let Some(bound) = said(&list, rule).and_then(|it| it.as_u64()) {
                    schema[word] = bound.into();
                }
            }
        }
        said(rules, "required").is_some_and(|it| it.as_bool() == Some(true))
    }
}

/// What is a string in proto3 JSON, but not any string.
fn pattern(field: &FieldDescriptor) -> Option<&'static str> {
    let kind = field.kind();
    if field.is_list() {
        None
    } else if matches!(kind, Kind::Int64 | Kind::Sint64 | Kind::Sfixed64) {
        Some("^-?[0-9]{1,19}$")
    } else if kind.as_message().is_some_and(|it| it.full_name() == "google.protobuf.Duration") {
        Some(r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$")
    } else {
        None
    }
}

/// `SeatingService` → `Seating`.
fn tag(service: &str) -> &str {
    service.trim_end_matches("Service")
}

/// `/v1/halls/{hall.hall_id}` → `/v1/halls/{hall_id}`: `OpenAPI` knows one name for one place.
fn unnested(path: &str) -> String {
    let parts = path.split('{').enumerate();
    parts
        .map(|(index, part)| if index == 0 { part.to_owned() } else { format!("{{{}", last(part)) })
        .collect()
}

/// `hall.hall_id` → `hall_id`.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The members of a JSON object, taken out of it.
fn members(object: &mut Value) -> Map<String, Value> {
    object.as_object_mut().map(std::mem::take).unwrap_or_default()
}

/// The field at the end of a dotted path of proto or JSON names.
fn leaf(message: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let find = |message: &MessageDescriptor, name: &str| {
        message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name))
    };
    let Some((first, rest)) = path.split_once('.') else { return find(message, path) };
    let field = find(message, first)?;
    leaf(field.kind().as_message()?, rest)
}

fn said(rules: &DynamicMessage, name: &str) -> Option<prost_reflect::Value> {
    let field = rules.descriptor().get_field_by_name(name)?;
    rules.has_field(&field).then(|| rules.get_field(&field).into_owned())
}

fn part(rules: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    said(rules, name)?.as_message().cloned()
}
