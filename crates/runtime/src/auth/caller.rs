//! The caller of the RPC that is being handled.

use std::future::Future;
use std::sync::{Arc, LazyLock};

use boxoffice_contracts::access::v1::Role;
use boxoffice_kernel::CustomerId;

use super::Denied;

/// Who is calling, as their token says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject; none: nobody has signed in.
    pub sub: Option<String>,
    /// What the token entitles to. A signed-in person is always a customer.
    pub roles: Vec<Role>,
    /// The `email` claim.
    pub email: Option<String>,
    /// The `locale` claim, as in `de-AT`.
    pub language: Option<String>,
}

tokio::task_local! {
    static CALLER: Arc<Caller>;
}

static NOBODY: LazyLock<Arc<Caller>> = LazyLock::new(Arc::default);

/// A role as tokens spell it.
pub(crate) const fn name(role: Role) -> &'static str {
    match role {
        Role::Unspecified => "none",
        Role::Anyone => "anyone",
        Role::Customer => "customer",
        Role::Admin => "admin",
        Role::Care => "care",
        Role::Service => "service",
    }
}

// === impl Caller ===

impl Caller {
    /// Who called the RPC that this task is handling; nobody outside of one, and in tasks of its own.
    pub fn current() -> Arc<Self> {
        CALLER.try_with(Arc::clone).unwrap_or_else(|_| Self::nobody())
    }

    /// Nobody in particular.
    pub(crate) fn nobody() -> Arc<Self> {
        Arc::clone(&NOBODY)
    }

    /// One of our own services, in this process.
    pub(crate) fn service() -> Arc<Self> {
        static SERVICE: LazyLock<Arc<Caller>> =
            LazyLock::new(|| Arc::new(Caller::signed_in("boxoffice".to_owned(), &["service"])));
        Arc::clone(&SERVICE)
    }

    /// Who holds a token of `sub` with `roles`. Roles we do not know are not ours to mind.
    pub(crate) fn signed_in<S: AsRef<str>>(sub: String, roles: &[S]) -> Self {
        let known = [Role::Customer, Role::Admin, Role::Care, Role::Service];
        let has = |role: &Role| roles.iter().any(|it| it.as_ref() == name(*role));
        let mut roles: Vec<Role> = known.into_iter().filter(has).collect();
        if !roles.contains(&Role::Service) && !roles.contains(&Role::Customer) {
            roles.push(Role::Customer);
        }
        Self { sub: Some(sub), roles, email: None, language: None }
    }

    /// Whose bookings these are.
    pub fn customer_id(&self) -> Result<CustomerId, Denied> {
        self.sub.as_deref().map(CustomerId::new).ok_or(Denied::TokenMissing)
    }

    /// Whether they have this role.
    pub fn is(&self, role: Role) -> bool {
        role == Role::Anyone || self.roles.contains(&role)
    }

    /// Runs `future` as a call of theirs.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CALLER.scope(Arc::new(self), future).await
    }

    pub(crate) async fn handle<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        CALLER.scope(self, future).await
    }

    /// Whether one of `allowed` is theirs.
    pub(crate) fn may(&self, allowed: &[Role]) -> Result<(), Denied> {
        if allowed.iter().any(|role| self.is(*role)) {
            Ok(())
        } else if self.sub.is_none() {
            Err(Denied::TokenMissing)
        } else {
            Err(Denied::role_missing(allowed))
        }
    }
}
