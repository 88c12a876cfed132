//! `boxoffice token`: who you are, says the development issuer.

use std::time::Duration;

use anyhow::{Context as _, bail};
use boxoffice_runtime::auth::Grant;
use boxoffice_runtime::{DevIssuer, Role};

use crate::args::{DevKey, Token};
use crate::stores;

pub(crate) fn print(args: &Token) -> anyhow::Result<()> {
    let roles = args.roles.iter().map(|name| role(name)).collect::<anyhow::Result<Vec<_>>>()?;
    println!("{}", mint(&args.key, &args.sub, roles, args.ttl)?);
    Ok(())
}

/// A token signed with the key that lies there; it is made if it is not there yet.
pub(crate) fn mint(
    key: &DevKey,
    sub: &str,
    roles: Vec<Role>,
    ttl: Duration,
) -> anyhow::Result<String> {
    let path = key.path();
    if let Some(dir) = path.parent() {
        stores::make_dir(dir)?;
    }
    let issuer = DevIssuer::open(&path)?;
    let grant = Grant { sub: sub.to_owned(), roles, ttl, email: None, language: None };
    issuer.token(&grant).context("signing the token")
}

fn role(name: &str) -> anyhow::Result<Role> {
    Ok(match name {
        "customer" => Role::Customer,
        "admin" => Role::Admin,
        "care" => Role::Care,
        "service" => Role::Service,
        other => bail!("`{other}` is not a role; expected customer, admin, care or service"),
    })
}
