//! What an operator may set; every field is a flag of the binary.

/// Settings of streaming: none so far. Every context is built from one.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Config {}
