//! Which methods a path takes, as the OpenAPI document says: the difference between 404 and 405.

use serde_json::Value;

/// The templates of all public paths: `/v1/showings/{showing_id}/seats:watch`.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    template: String,
    segments: Vec<Segment>,
    methods: Vec<String>,
}

#[derive(Debug)]
enum Segment {
    Exact(String),
    /// Anything, followed by a verb (`:cancel`) or nothing.
    Any {
        verb: String,
    },
}

// === impl Paths ===

impl Paths {
    /// Of an OpenAPI document; none if it is not one.
    pub(crate) fn read(openapi: &str) -> Self {
        let document: Value = serde_json::from_str(openapi).unwrap_or_default();
        let Some(paths) = document["paths"].as_object() else { return Self::default() };
        let known = paths.iter().map(|(template, operations)| {
            let methods = operations.as_object().into_iter().flat_map(|it| it.keys());
            let methods = methods.filter(|name| is_method(name)).map(|name| name.to_uppercase());
            Known {
                template: template.clone(),
                segments: template.split('/').map(Segment::read).collect(),
                methods: methods.collect(),
            }
        });
        Self { known: known.collect() }
    }

    /// The methods that `path` takes; none: there is no such path.
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        let known = self.fitting(path);
        let mut methods: Vec<_> =
            known.flat_map(|known| known.methods.iter().map(String::as_str)).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    /// The template that takes this method at `path`.
    pub(crate) fn template(&self, method: &str, path: &str) -> Option<&str> {
        let mut known = self.fitting(path);
        let known = known.find(|known| known.methods.iter().any(|taken| taken == method));
        known.map(|known| known.template.as_str())
    }

    fn fitting<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Known> {
        self.known.iter().filter(move |known| {
            let segments = path.split('/');
            known.segments.len() == segments.clone().count()
                && known.segments.iter().zip(segments).all(|(known, segment)| known.fits(segment))
        })
    }
}

fn is_method(name: &str) -> bool {
    matches!(name, "get" | "post" | "put" | "patch" | "delete")
}

// === impl Segment ===

impl Segment {
    fn read(text: &str) -> Self {
        match text.split_once('}') {
            Some((variable, verb)) if variable.starts_with('{') => {
                Self::Any { verb: verb.to_owned() }
            }
            Some(_) | None => Self::Exact(text.to_owned()),
        }
    }

    fn fits(&self, segment: &str) -> bool {
        match self {
            Self::Exact(text) => text == segment,
            Self::Any { verb } if verb.is_empty() => !segment.is_empty() && !segment.contains(':'),
            Self::Any { verb } => {
                segment.strip_suffix(verb.as_str()).is_some_and(|id| !id.is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"paths": {
        "/v1/bookings": {"get": {}, "post": {}},
        "/v1/bookings/{booking_id}": {"get": {}, "parameters": []},
        "/v1/bookings/{booking_id}:cancel": {"post": {}}
    }}"#;

    #[test]
    fn a_path_tells_its_methods_and_a_verb_is_part_of_it() {
        let paths = Paths::read(DOCUMENT);
        assert_eq!(paths.methods("/v1/bookings"), ["GET", "POST"]);
        assert_eq!(paths.methods("/v1/bookings/7"), ["GET"]);
        assert_eq!(paths.methods("/v1/bookings/7:cancel"), ["POST"]);
        for unknown in ["/v1/bookings/7:steal", "/v1/bookings/", "/v1/bookings/7/seats", "/v1"] {
            assert!(paths.methods(unknown).is_empty(), "{unknown}");
        }
    }

    #[test]
    fn a_request_is_named_by_its_template() {
        let paths = Paths::read(DOCUMENT);
        let cancel = Some("/v1/bookings/{booking_id}:cancel");
        assert_eq!(paths.template("POST", "/v1/bookings/7:cancel"), cancel);
        assert_eq!(paths.template("POST", "/v1/bookings"), Some("/v1/bookings"));
        assert_eq!(paths.template("DELETE", "/v1/bookings"), None);
    }
}
