//! The way from REST to gRPC: for every public service, its REST trait answered by its gRPC client.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};

/// Writes `<package>.bridge.rs`, to be included where the package's messages are.
pub(crate) fn generate(pool: &DescriptorPool, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut packages = BTreeMap::<String, String>::new();
    for service in super::public_services(pool) {
        packages.entry(service.package_name().to_owned()).or_default().push_str(&bridge(&service)?);
    }
    for (package, code) in packages {
        fs::write(out.join(format!("{package}.bridge.rs")), code)?;
    }
    Ok(())
}

fn bridge(service: &ServiceDescriptor) -> Result<String, Box<dyn Error>> {
    let name = service.name();
    let client = format!("{}_client::{name}Client", snake(name));
    let mut code = String::new();
    write!(
        code,
        "/// JSON calls of `{name}`, made as gRPC calls of `S` in this process.
#[derive(Clone, Debug)]
pub struct {name}OverGrpc<S> {{
    client: {client}<S>,
}}

impl<S: crate::rest::Grpc> {name}OverGrpc<S> {{
    /// Calls `grpc` for every JSON call.
    pub fn new(grpc: S) -> Self {{
        Self {{ client: {client}::new(grpc).max_decoding_message_size(usize::MAX) }}
    }}
}}

impl<S: crate::rest::Grpc> {name} for {name}OverGrpc<S> {{
"
    )?;
    for method in service.methods() {
        code.push_str(&call(&method)?);
    }
    code.push_str("}\n");
    Ok(code)
}

fn call(method: &MethodDescriptor) -> Result<String, Box<dyn Error>> {
    let name = snake(method.name());
    let (input, output) = (local(method, method.input().full_name())?, method.output());
    let output = local(method, output.full_name())?;
    let (returns, answered) = if method.is_server_streaming() {
        (format!("::rest_over_grpc::handling::ResponseStream<{output}>"), "stream")
    } else {
        (output, "unary")
    };
    let keyed = if method.input().get_field_by_name("request_id").is_some() {
        "crate::rest::bridge::idempotency_key(&mut request.request_id, cx)?;\n        "
    } else {
        ""
    };
    let mutable = if keyed.is_empty() { "" } else { "mut " };
    Ok(format!(
        "    async fn {name}(
        &self,
        {mutable}request: {input},
        cx: &mut ::rest_over_grpc::handling::Context,
    ) -> Result<{returns}, ::rest_over_grpc::handling::Status> {{
        {keyed}let request = crate::rest::bridge::outgoing(request, cx);
        let answer = self.client.clone().{name}(request).await;
        crate::rest::bridge::{answered}(answer, cx)
    }}
"
    ))
}

/// The message's Rust name inside its package; requests and responses never come from elsewhere.
fn local(method: &MethodDescriptor, message: &str) -> Result<String, Box<dyn Error>> {
    let package = method.parent_service().package_name().to_owned();
    let name = message.strip_prefix(&format!("{package}."));
    let name = name.ok_or_else(|| format!("{message} is not of {package}"))?;
    Ok(name.to_owned())
}

/// `PlaceBooking` → `place_booking`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
