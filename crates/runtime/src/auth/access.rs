//! Who may call which RPC: what the contracts declare, looked up by path.

use std::collections::HashMap;

use boxoffice_contracts::access::v1::Role;

/// What every RPC of ours declares.
#[derive(Debug)]
pub(crate) struct Access {
    declared: &'static HashMap<String, Vec<Role>>,
}

// === impl Access ===

impl Access {
    pub(crate) fn declared() -> Self {
        Self { declared: boxoffice_contracts::access() }
    }

    /// The roles that may call `/package.Service/Method`. None: no RPC of ours, so health, reflection or nothing.
    pub(crate) fn of(&self, path: &str) -> Option<&[Role]> {
        self.declared.get(path).map(Vec::as_slice)
    }
}
