//! What the contracts say about themselves.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use prost::Name;
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor, Value};

use crate::access::v1::Role;

/// The compiled `proto/` with imports and comments: a `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(DESCRIPTORS).expect("the build script read these very bytes")
});

static ACCESS: LazyLock<HashMap<String, Vec<Role>>> = LazyLock::new(|| access_in(pool()));

/// The events of a booking.
static OF_BOOKING: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let names_its_booking =
        |message: &MessageDescriptor| message.get_field_by_name("booking_id").is_some();
    pool()
        .all_messages()
        .filter(names_its_booking)
        .map(|message| message.full_name().to_owned())
        .collect()
});

/// All descriptors, to be asked by name.
pub fn pool() -> &'static DescriptorPool {
    &POOL
}

/// Who may call what, by gRPC path (`/boxoffice.booking.v1.BookingService/PlaceBooking`). Every RPC
/// is in it, and none has an empty list or `Role::Unspecified`: the build script sees to that.
pub fn access() -> &'static HashMap<String, Vec<Role>> {
    &ACCESS
}

/// The same of other descriptors, such as a context brings that is not in `proto/`. Whoever reads them sees to it that no list
/// is empty.
pub fn access_in(pool: &DescriptorPool) -> HashMap<String, Vec<Role>> {
    pool.services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| {
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            (path, roles(&method))
        })
        .collect()
}

/// Whether an event, by its full name, is one of a booking: then the case it belongs to is that booking.
pub fn is_of_booking(event: &str) -> bool {
    OF_BOOKING.contains(event)
}

/// Full names of the services for the public, those with HTTP annotations.
pub fn public_services() -> Vec<String> {
    let http = pool().get_extension_by_name("google.api.http");
    let is_public = |method: &MethodDescriptor| {
        http.as_ref().is_some_and(|http| method.options().has_extension(http))
    };
    pool()
        .services()
        .filter(|service| service.methods().any(|method| is_public(&method)))
        .map(|service| service.full_name().to_owned())
        .collect()
}

/// One `OpenAPI` 3.1 document of all public services, whichever of them this process serves.
pub fn openapi() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/openapi.json"))
}

/// A message's full proto name, which of an event is its subject and its `ce-type`:
/// `boxoffice.booking.v1.BookingPlaced`.
pub fn name_of<M: Name>() -> String {
    M::full_name()
}

fn roles(method: &MethodDescriptor) -> Vec<Role> {
    let pool = method.parent_pool();
    let Some(extension) = pool.get_extension_by_name("boxoffice.access.v1.access") else {
        return Vec::new();
    };
    let options = method.options();
    let access = options.get_extension(&extension);
    let allow = access.as_message().and_then(|access| access.get_field_by_name("allow"));
    let numbers = allow.as_deref().and_then(Value::as_list).unwrap_or_default();
    numbers.iter().filter_map(|number| Role::try_from(number.as_enum_number()?).ok()).collect()
}
