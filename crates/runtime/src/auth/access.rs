//! Who may call which RPC, looked up by path: what the contracts declare. Nobody may call what none declares.

use std::collections::HashMap;

use boxoffice_contracts::access::v1::Role;
use boxoffice_contracts::{access, access_in, pool};
use prost_reflect::DescriptorPool;

/// What every RPC of this process declares.
#[derive(Debug)]
pub(crate) struct Access {
    declared: HashMap<String, Vec<Role>>,
}

/// Who may call a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule<'a> {
    /// Whoever asks; it is not worth a span either.
    Open,
    /// Who has one of these roles.
    Roles(&'a [Role]),
    /// Nobody: no contract says who.
    Undeclared,
}

/// What belongs to no contract and is for everybody: whether we are well, and what could be asked of us.
const OPEN: [&str; 3] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

// === impl Access ===

impl Access {
    /// What our contracts declare.
    pub(crate) fn declared() -> Self {
        Self { declared: access().clone() }
    }

    /// Adds what these descriptors declare, and says which services they are. What was declared before stays as it was, so that
    /// nobody opens another's door. Fails with the RPC that does not say who may call it.
    pub(crate) fn add(&mut self, brought: &DescriptorPool) -> Result<Vec<String>, String> {
        for (path, roles) in access_in(brought) {
            if roles.is_empty() || roles.contains(&Role::Unspecified) {
                return Err(path);
            }
            self.declared.entry(path).or_insert(roles);
        }
        let names = brought.services().map(|service| service.full_name().to_owned());
        Ok(names.filter(|name| pool().get_service_by_name(name).is_none()).collect())
    }

    /// All paths that are declared.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.declared.keys().map(String::as_str)
    }

    /// Whether any RPC of this service is declared.
    pub(crate) fn knows(&self, service: &str) -> bool {
        self.declared.keys().any(|path| {
            let method = path.strip_prefix('/').and_then(|path| path.strip_prefix(service));
            method.is_some_and(|method| method.starts_with('/'))
        })
    }

    /// Who may call `/package.Service/Method`.
    pub(crate) fn of(&self, path: &str) -> Rule<'_> {
        if let Some(roles) = self.declared.get(path) {
            return Rule::Roles(roles);
        }
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        match service {
            Some((service, _)) if OPEN.contains(&service) => Rule::Open,
            Some(_) | None => Rule::Undeclared,
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::DESCRIPTORS;

    use super::*;

    const LIST: &str = "/boxoffice.kitchen.v1.CatalogService/ListTitles";
    const REMOVE: &str = "/boxoffice.kitchen.v1.CatalogService/RemoveTitle";

    /// Catalog's contract under another name of the same length.
    fn kitchen() -> DescriptorPool {
        let (from, to) = (b"catalog", b"kitchen");
        let mut bytes = DESCRIPTORS.to_vec();
        let found = |at: &usize| bytes[*at..].starts_with(from);
        for at in (0..bytes.len()).filter(found).collect::<Vec<_>>() {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        DescriptorPool::decode(bytes.as_slice()).unwrap()
    }

    #[test]
    fn what_no_contract_declares_nobody_may_call() {
        let access = Access::declared();
        for path in [
            LIST,
            "/boxoffice.catalog.v1.CatalogService/Sing",
            "/boxoffice.catalog.v1.CatalogService/ListTitles/",
            "//boxoffice.catalog.v1.CatalogService/ListTitles",
            "/grpc.health.v1.Healthy/Check",
            "/x/grpc.health.v1.Health/Check",
            "grpc.health.v1.Health/Check",
            "/grpc.health.v1.Health",
            "/",
            "",
        ] {
            assert_eq!(access.of(path), Rule::Undeclared, "{path}");
        }
        for service in OPEN {
            assert_eq!(access.of(&format!("/{service}/Check")), Rule::Open, "{service}");
        }
    }

    #[test]
    fn a_context_brings_what_it_declares() {
        let mut access = Access::declared();
        let ours = access.declared.clone();
        let names = access.add(&kitchen()).unwrap();
        assert_eq!(names, ["boxoffice.kitchen.v1.CatalogService"]);
        assert_eq!(access.of(LIST), Rule::Roles(&[Role::Anyone]));
        assert_eq!(access.of(REMOVE), Rule::Roles(&[Role::Admin]));
        assert!(ours.iter().all(|(path, roles)| access.of(path) == Rule::Roles(roles)));
    }

    #[test]
    fn what_is_declared_is_not_opened_by_another() {
        let mut access = Access::declared();
        access.declared.insert(LIST.to_owned(), vec![Role::Admin]);
        access.add(&kitchen()).unwrap();
        assert_eq!(access.of(LIST), Rule::Roles(&[Role::Admin]));
    }

    #[test]
    fn a_contract_that_does_not_say_who_may_call_is_none() {
        let silent = DescriptorPool::decode(tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap();
        let silent = Access::declared().add(&silent).unwrap_err();
        assert!(silent.starts_with("/grpc.health.v1.Health/"), "{silent}");
    }
}
