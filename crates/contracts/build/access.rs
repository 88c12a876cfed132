//! Who may call what: every RPC has to say so, or nothing is built.

use std::error::Error;

use prost_reflect::{DescriptorPool, MethodDescriptor, Value};

/// Fails if an RPC does not declare the roles that may call it.
pub(crate) fn check(pool: &DescriptorPool) -> Result<(), Box<dyn Error>> {
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let roles = roles(pool, &method)?;
        if roles.is_empty() || roles.iter().any(|role| role == "ROLE_UNSPECIFIED") {
            return Err(format!("{} does not declare who may call it", method.full_name()).into());
        }
    }
    Ok(())
}

/// The names of the roles that may call it.
pub(crate) fn roles(
    pool: &DescriptorPool,
    method: &MethodDescriptor,
) -> Result<Vec<String>, Box<dyn Error>> {
    let extension = pool
        .get_extension_by_name("boxoffice.access.v1.access")
        .ok_or("the option boxoffice.access.v1.access is gone")?;
    let role = pool.get_enum_by_name("boxoffice.access.v1.Role").ok_or("the enum Role is gone")?;
    let options = method.options();
    let access = options.get_extension(&extension);
    let allow = access.as_message().and_then(|access| access.get_field_by_name("allow"));
    let numbers = allow.as_deref().and_then(Value::as_list).unwrap_or_default();
    numbers
        .iter()
        .map(|number| {
            let number = number.as_enum_number().unwrap_or_default();
            let value = role.get_value(number).ok_or_else(|| format!("no role {number}"))?;
            Ok(value.name().to_owned())
        })
        .collect()
}
