//! How a test wants its platform.

use std::collections::BTreeMap;

use boxoffice_kernel::Context;

/// Flags of `serve` that differ from its defaults, and what stands around the processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    flags: BTreeMap<String, String>,
    replicas: Vec<Context>,
    lines: bool,
    own_postgres: bool,
    scraped: bool,
    mariadb: bool,
    demo: bool,
    most_file_blocks: Option<u32>,
}

// === impl Settings ===

impl Settings {
    /// Sets a flag of `serve`, by its name without dashes: `flag("hold", "3s")`.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A fleet gets a second process of this context, on the same database.
    #[must_use]
    pub fn replica(mut self, context: Context) -> Self {
        self.replicas.push(context);
        self
    }

    /// A fleet gets a proxy before every context, and before every context's database.
    #[must_use]
    pub fn lines(mut self) -> Self {
        self.lines = true;
        self
    }

    /// A fleet gets a PostgreSQL of its own, which it may stop.
    #[must_use]
    pub fn own_postgres(mut self) -> Self {
        self.own_postgres = true;
        self
    }

    /// A fleet's processes show their metrics.
    #[must_use]
    pub fn scraped(mut self) -> Self {
        self.scraped = true;
        self
    }

    /// A fleet has every context on MariaDB, not my page alone.
    #[must_use]
    pub fn on_mariadb(mut self) -> Self {
        self.mariadb = true;
        self
    }

    /// One process begins with the programme to try.
    #[must_use]
    pub fn demo(mut self) -> Self {
        self.demo = true;
        self
    }

    /// One process may not write a file longer than so many blocks of 512 bytes, until it is told otherwise.
    #[must_use]
    pub fn most_file_blocks(mut self, blocks: u32) -> Self {
        self.most_file_blocks = Some(blocks);
        self
    }

    pub(crate) fn flags(&self) -> BTreeMap<String, String> {
        self.flags.clone()
    }

    pub(crate) fn has_demo(&self) -> bool {
        self.demo
    }

    pub(crate) fn replicas(&self) -> &[Context] {
        &self.replicas
    }

    pub(crate) fn has_lines(&self) -> bool {
        self.lines
    }

    pub(crate) fn has_own_postgres(&self) -> bool {
        self.own_postgres
    }

    pub(crate) fn is_scraped(&self) -> bool {
        self.scraped
    }

    pub(crate) fn is_on_mariadb(&self) -> bool {
        self.mariadb
    }

    pub(crate) fn file_limit(&self) -> Option<u32> {
        self.most_file_blocks
    }
}
