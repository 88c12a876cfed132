//! What this process measures of its calls, its circuit breakers and its stores.

pub(crate) mod breaker;
pub(crate) mod by_state;
pub(crate) mod calls;
pub(crate) mod store;
