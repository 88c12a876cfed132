//! Google's well-known types as they look in proto3 JSON.
//!
//! `Timestamp` and `FieldMask` are our own: those of `pbjson-types` write `+00:00` for `Z`, and a
//! field mask as an object.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
pub use pbjson_types::Duration;
use prost::Name;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

/// A moment. In JSON RFC 3339 in UTC: `2026-11-21T19:30:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds after that, 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// Which fields of a message are meant. In JSON lowerCamelCase paths with commas: `name,homePrice`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FieldMask {
    /// Their proto names.
    #[prost(string, repeated, tag = "1")]
    pub paths: Vec<String>,
}

// === impl Timestamp ===

impl Name for Timestamp {
    const PACKAGE: &'static str = "google.protobuf";
    const NAME: &'static str = "Timestamp";
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        // A leap second is 1,000,000,000 nanos or more to chrono, and cannot be said on the wire.
        let nanos = time.timestamp_subsec_nanos().min(999_999_999);
        Self { seconds: time.timestamp(), nanos: nanos.cast_signed() }
    }
}

impl Timestamp {
    /// The moment, if it is one that RFC 3339 can write: of the years 1 to 9999.
    pub fn to_time(self) -> Option<DateTime<Utc>> {
        const FIRST: i64 = -62_135_596_800;
        const LAST: i64 = 253_402_300_799;
        if !(FIRST..=LAST).contains(&self.seconds) {
            return None;
        }
        let nanos = u32::try_from(self.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
        DateTime::from_timestamp(self.seconds, nanos)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self.to_time().ok_or_else(|| ser::Error::custom("not a moment"))?;
        serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_str(Text("a time such as 2026-11-21T19:30:00Z"))?;
        let time = DateTime::parse_from_rfc3339(&text)
            .map_err(|error| D::Error::custom(format_args!("`{text}` is not a time: {error}")))?;
        let timestamp = Self::from(time.with_timezone(&Utc));
        match timestamp.to_time() {
            Some(_) => Ok(timestamp),
            None => Err(D::Error::custom(format_args!("`{text}` is out of range"))),
        }
    }
}

// === impl FieldMask ===

impl Name for FieldMask {
    const PACKAGE: &'static str = "google.protobuf";
    const NAME: &'static str = "FieldMask";
}

impl Serialize for FieldMask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let paths: Vec<_> = self.paths.iter().map(|path| camel(path)).collect();
        serializer.serialize_str(&paths.join(","))
    }
}

impl<'de> Deserialize<'de> for FieldMask {
    /// Reads proto names too (`home_price`), as most servers do. A name that would be another one when it is written is none.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_str(Text("field names with commas between them"))?;
        let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
        let paths: Vec<String> = paths.map(snake).collect();
        match paths.iter().find(|path| snake(&camel(path)) != **path) {
            Some(path) => Err(D::Error::custom(format_args!("`{path}` names no field"))),
            None => Ok(Self { paths }),
        }
    }
}

/// `home_price` → `homePrice`; dots and brackets stay.
pub(crate) fn camel(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut upper = false;
    for letter in path.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                camel.extend(letter.to_uppercase());
                upper = false;
            }
            _ => camel.push(letter),
        }
    }
    camel
}

fn snake(path: &str) -> String {
    let mut snake = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Takes a string, and says what was expected if it is something else.
struct Text(&'static str);

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }
}
