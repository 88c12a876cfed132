//! What the files say about a request: which route takes it, and which policy lets it in. As Envoy decides it.

use anyhow::{Context as _, Result};
use regex::Regex;
use serde_json::Value;

use super::objects::Objects;

/// Where routes of the ingress come from.
const GATEWAY: &str = "boxoffice/boxoffice";

/// One route of a `VirtualService`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    /// The `VirtualService`.
    pub(super) owner: &'a str,
    /// As written.
    pub(super) all: &'a Value,
    is_ingress: bool,
}

/// Every route there is, in the order in which they are tried.
pub(super) fn all(objects: &Objects) -> Vec<Route<'_>> {
    let services = objects.of("VirtualService");
    services
        .flat_map(|(owner, spec)| {
            let is_ingress =
                spec["gateways"].as_array().is_some_and(|it| it.contains(&GATEWAY.into()));
            let routes = spec["http"].as_array().into_iter().flatten();
            routes.map(move |all| Route { owner, all, is_ingress })
        })
        .collect()
}

/// The first route of each `VirtualService` of the ingress that takes it: if they are two, their order is nobody's choice.
pub(super) fn at_ingress<'a>(
    routes: &[Route<'a>],
    method: &str,
    path: &str,
) -> Result<Vec<Route<'a>>> {
    let mut taking: Vec<Route<'a>> = Vec::new();
    for route in routes.iter().filter(|it| it.is_ingress) {
        if route.takes(method, path)? && taking.iter().all(|it| it.owner != route.owner) {
            taking.push(*route);
        }
    }
    Ok(taking)
}

/// The route a context's call of another takes.
pub(super) fn in_mesh<'a>(
    routes: &[Route<'a>],
    context: &str,
    path: &str,
) -> Result<Option<Route<'a>>> {
    for route in routes.iter().filter(|it| !it.is_ingress && it.owner == context) {
        if route.takes("POST", path)? {
            return Ok(Some(*route));
        }
    }
    Ok(None)
}

/// Whether a context's policies let this identity call this path.
pub(super) fn is_allowed(objects: &Objects, context: &str, principal: &str, path: &str) -> bool {
    let policy = objects.get("AuthorizationPolicy", context);
    let rules = policy.and_then(|it| it["rules"].as_array()).into_iter().flatten();
    rules.into_iter().any(|rule| {
        is_listed(&rule["from"], "source", "principals", principal)
            && is_listed(&rule["to"], "operation", "paths", path)
    })
}

/// `[{source: {principals: […]}}]`: one of them is enough.
fn is_listed(list: &Value, each: &str, field: &str, text: &str) -> bool {
    let each = list.as_array().into_iter().flatten().map(|it| &it[each][field]);
    let patterns = each.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    patterns.into_iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == pattern,
    })
}

// === impl Route ===

impl<'a> Route<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.all["name"].as_str().unwrap_or_default()
    }

    /// Whom it leads to: `booking`.
    pub(super) fn context(&self) -> &'a str {
        let host = self.all["route"][0]["destination"]["host"].as_str().unwrap_or_default();
        host.split('.').next().unwrap_or_default()
    }

    /// When it is tried again.
    pub(super) fn retries(&self) -> Vec<&'a str> {
        let on = self.all["retries"]["retryOn"].as_str().unwrap_or_default();
        on.split(',').collect()
    }

    fn takes(&self, method: &str, path: &str) -> Result<bool> {
        let Some(matches) = self.all["match"].as_array() else { return Ok(true) };
        for wanted in matches {
            let right_method =
                wanted["method"].is_null() || wanted["method"]["exact"].as_str() == Some(method);
            if right_method && fits(&wanted["uri"], path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A pattern has one of three kinds.
fn fits(pattern: &Value, path: &str) -> Result<bool> {
    let text = |kind: &str| pattern[kind].as_str();
    if let Some(exact) = text("exact") {
        return Ok(path == exact);
    }
    if let Some(prefix) = text("prefix") {
        return Ok(path.starts_with(prefix));
    }
    // Envoy's have to fit the whole path.
    let regex = text("regex").with_context(|| format!("an unknown pattern: {pattern}"))?;
    Ok(Regex::new(&format!("^(?:{regex})$"))?.is_match(path))
}
