//! Messages made from their descriptors: each field sound, at the edge of what is, or hostile.

use boxoffice_acceptance::id;
use boxoffice_contracts::prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// Deeper than any message of ours; a recursive one would end here.
const DEEPEST: usize = 6;

/// Bytes of one list, about; a request may have 1 MiB.
const LONGEST: usize = 2 << 20;

/// Makes them, the same ones for the same seed (but for new ids).
pub(super) struct Generator {
    pub(super) rng: StdRng,
    /// Of things that are there.
    known: [String; 2],
    /// How likely a field is hostile, in this message.
    hostility: f64,
}

// === impl Generator ===

impl Generator {
    pub(super) fn new(seed: u64, known: [String; 2]) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), known, hostility: 0.0 }
    }

    /// A message with little, some or much wrong in it.
    pub(super) fn message(&mut self, of: &MessageDescriptor) -> DynamicMessage {
        self.hostility = self.pick(&[0.03, 0.1, 0.3, 0.8]);
        self.filled(of, 0)
    }

    /// What is sent in its place: now and then something that no encoder makes.
    pub(super) fn on_the_wire(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let at = self.rng.random_range(0..=bytes.len());
        match self.rng.random_range(0..16) {
            0 => bytes.truncate(at),
            // A varint that does not end, a field number 0, a field longer than there is, text that is none.
            1 => bytes.extend([0x80; 11]),
            2 => bytes.extend([0x00, 0x01]),
            3 => bytes.extend([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]),
            4 => bytes.extend([0x0a, 0x02, 0xc3, 0x28]),
            // Field 1 in each wire type, one of which fits; groups, open and never opened; field numbers nobody has.
            5 => bytes.extend([0x08, 0x01]),
            6 => bytes.extend([0x09, 1, 2, 3, 4, 5, 6, 7, 8]),
            7 => bytes.extend([0x0b; 200]),
            8 => bytes.extend([0x0c]),
            9 => bytes.extend([0xf8, 0xff, 0xff, 0xff, 0x0f, 0x01]),
            10 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.rng.random_range(0..8);
                }
            }
            // Twice the same: of a field that comes twice the last counts, messages are merged.
            11 => bytes.extend(bytes.clone()),
            // A message in a message in a message …
            12 => bytes.extend(nested(150)),
            _ => {}
        }
        bytes
    }

    fn filled(&mut self, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        let choices: Vec<Option<String>> = of
            .oneofs()
            .map(|it| self.one(&it.fields().collect::<Vec<_>>()).map(|it| it.name().to_owned()))
            .collect();
        for field in of.fields() {
            let chosen = |it: &Option<String>| it.as_deref() == Some(field.name());
            let out = field.containing_oneof().is_some() && !choices.iter().any(chosen);
            if out || depth > DEEPEST || self.hostile() && self.rng.random_bool(0.3) {
                continue; // it is not there
            }
            let value = if field.is_list() {
                let longest = if self.hostile() { self.pick(&[0, 1_001, 6_000]) } else { 2 };
                let like_the_last = self.value(&field, depth);
                let most = LONGEST / size(&like_the_last);
                let mut list = vec![like_the_last; longest.min(most)];
                list.push(self.value(&field, depth));
                Value::List(list)
            } else if field.is_map() {
                continue;
            } else {
                self.value(&field, depth)
            };
            message.set_field(&field, value);
        }
        message
    }

    fn value(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        match field.kind() {
            Kind::Message(of) => Value::Message(self.filled(&of, depth + 1)),
            Kind::String => Value::String(self.text(field)),
            Kind::Bytes => Value::Bytes(self.text(field).into_bytes().into()),
            Kind::Bool => Value::Bool(self.rng.random()),
            Kind::Enum(of) => {
                let numbers: Vec<_> = of.values().map(|it| it.number()).collect();
                let wrong = self.pick(&[-1, 99, i32::MIN, i32::MAX]);
                let right = self.pick(&numbers);
                Value::EnumNumber(if self.hostile() { wrong } else { right })
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                Value::I32(i32::try_from(self.number(field)).unwrap_or(i32::MIN))
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(self.number(field)),
            Kind::Uint32 | Kind::Fixed32 => {
                Value::U32(u32::try_from(self.number(field)).unwrap_or(u32::MAX))
            }
            Kind::Uint64 | Kind::Fixed64 => {
                Value::U64(u64::try_from(self.number(field)).unwrap_or(u64::MAX))
            }
            Kind::Float => Value::F32(self.pick(&[0.5, f32::NAN, f32::INFINITY, -0.0, f32::MIN])),
            Kind::Double => Value::F64(self.pick(&[0.5, f64::NAN, f64::INFINITY, -0.0, f64::MIN])),
        }
    }

    fn number(&mut self, field: &FieldDescriptor) -> i64 {
        let of = field.parent_message().full_name().to_owned();
        if self.hostile() {
            let edges = [0, -1, 1, 32_768, i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX];
            // The first and the last second that have a date, the last that has 32 bits, nanoseconds that are whole seconds.
            let seconds =
                [-62_135_596_800, 253_402_300_799, 2_147_483_648, 1_000_000_000, i64::MIN];
            return self.pick(&[edges.as_slice(), &seconds].concat());
        }
        match (of.as_str(), field.name()) {
            ("google.protobuf.Timestamp", "seconds") => {
                // In the years to come, so that a showing may be then.
                1_795_000_000 + 86_400 * self.rng.random_range(30..400)
            }
            ("google.protobuf.Duration", "seconds") => 5_400,
            ("google.type.Date", "year") => 2_027,
            (_, "nanos") => 0,
            _ => self.rng.random_range(1..12),
        }
    }

    fn text(&mut self, field: &FieldDescriptor) -> String {
        if self.hostile() {
            let uuid = id();
            let shape = self.rng.random_range(0..24);
            return match shape {
                0 => "x".repeat(self.pick(&[33, 101, 201, 1_001, 20_000, 300_000])),
                1 => "𝕏".repeat(self.pick(&[50, 100, 200, 500])),
                2 => uuid.to_uppercase(),
                3 => format!("{{{uuid}}}"),
                4 => format!("urn:uuid:{uuid}"),
                5 => uuid[..35].to_owned(),
                6 => format!("{uuid} "),
                other => HOSTILE[other % HOSTILE.len()].to_owned(),
            };
        }
        let sound: &[&str] = match field.name() {
            "hall_id" => &["hall-1"],
            name if name.ends_with("_id") => {
                let known = self.known.clone();
                return if self.rng.random() { self.pick(&known) } else { id() };
            }
            "currency_code" => &["EUR", "KRW"],
            "payment_method" => &["pm_card_visa", "pm_card_chargeDeclined"],
            "page_token" | "resume_token" => &[""],
            "poster_uri" => &["https://example.com/poster.png"],
            "email" => &["mallory@example.com"],
            "seats" => &["A-1", "A-2"],
            "grade" => &["R"],
            "paths" => &["name", "home_price", "synopsis"],
            _ => &["A", "Words"],
        };
        (*sound.choose(&mut self.rng).unwrap()).to_owned()
    }

    fn hostile(&mut self) -> bool {
        self.rng.random_bool(self.hostility)
    }

    fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among.choose(&mut self.rng).unwrap().clone()
    }

    fn one(&mut self, among: &[FieldDescriptor]) -> Option<FieldDescriptor> {
        among.choose(&mut self.rng).cloned()
    }
}

const HOSTILE: [&str; 20] = [
    "",
    " ",
    "\u{0}",
    "a\u{0}b",
    "\r\nset-cookie: a=b",
    "'; DROP TABLE outbox; --",
    "\" OR 1=1 --",
    "%_%",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "../../../../etc/passwd",
    "\u{202e}flow\u{202c}",
    "🎭👩‍👩‍👧‍👦e\u{301}\u{0}",
    "\u{feff}\u{ffff}\u{fffd}",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "-9223372036854775809",
    "NaN",
    "null",
    "eyJhbGciOiJub25lIn0.e30.",
];

fn size(value: &Value) -> usize {
    let bytes = value.as_str().map(str::len).or_else(|| Some(value.as_message()?.encoded_len()));
    bytes.unwrap_or_default() + 2
}

/// Field 1 of itself, so many levels deep.
fn nested(levels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..levels {
        let mut outer = vec![0x0a];
        let length = bytes.len();
        if length < 128 {
            outer.push(u8::try_from(length).unwrap());
        } else {
            outer.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            outer.push(u8::try_from(length >> 7).unwrap());
        }
        outer.append(&mut bytes);
        bytes = outer;
    }
    bytes
}
