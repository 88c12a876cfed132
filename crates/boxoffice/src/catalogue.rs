//! The event catalogue, docs/events.md: who says what, and what follows. Written by `cargo xtask events`.

use std::fmt::{self, Write as _};

use boxoffice_kernel::Context;
use boxoffice_runtime::{Whenever, whenever};
use prost_reflect::{FieldDescriptor, FileDescriptor, MessageDescriptor};

use crate::contexts;

const HEAD: &str = "\
# Events

<!-- Written by `cargo xtask events` from the protos and from the tables beside the policies; tests hold both to the code. -->

Each context says its events on a stream of its own, for ever: a `CloudEvent` in binary mode (`ce-id`, `ce-type`, `ce-source`, `ce-subject`,
`ce-time`, and `sequence`, `correlationid`, `causationid`, `traceparent`) around a protobuf message. An event's subject in NATS is its full name, such as
`boxoffice.booking.v1.BookingConfirmed`. Whoever listens hears each at least once, and does what follows from it exactly once.
";

/// Which contexts `listener` listens to: the durable cursors that must have caught up when nothing is in flight.
pub(crate) fn sources(listener: Context) -> impl Iterator<Item = Context> {
    let speaks = move |source: &Context| hears(listener).iter().any(|line| line.is_of(*source));
    contexts::all().filter(speaks)
}

/// The page, whole.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    // A String takes everything.
    let _ = contexts::all().try_for_each(|context| said_by(context, &mut page));
    page
}

/// What `listener` does when others speak.
fn hears(listener: Context) -> &'static [Whenever] {
    match contexts::member(listener) {
        Ok(member) => member.whenever,
        Err(_) => &[],
    }
}

fn said_by(context: Context, page: &mut String) -> fmt::Result {
    writeln!(page, "\n## {context}\n")?;
    let events: Vec<_> = whenever::events(context).collect();
    if events.is_empty() {
        writeln!(page, "Says nothing; it only listens.")?;
    } else {
        writeln!(page, "Stream `{}`.", context.stream())?;
    }
    events.iter().try_for_each(|event| said(context, event, page))
}

fn said(context: Context, event: &MessageDescriptor, page: &mut String) -> fmt::Result {
    let about = comment(&event.parent_file(), event.path());
    writeln!(page, "\n### {}\n\n{about}\n\n| field | type | |\n|---|---|---|", event.name())?;
    for field in event.fields() {
        let about = comment(&field.parent_file(), field.path());
        writeln!(page, "| {} | {} | {about} |", field.name(), kind(&field))?;
    }
    let follows = |listener: Context| {
        let mut lines = hears(listener).iter();
        let line = lines.find(|it| it.is_of(context) && it.event == event.name())?;
        Some((listener, line.then))
    };
    let follows: Vec<_> = contexts::all().filter_map(follows).collect();
    if follows.is_empty() {
        return writeln!(page, "\nNobody listens.");
    }
    writeln!(page, "\n| whenever it is said | then it |\n|---|---|")?;
    follows.iter().try_for_each(|(listener, then)| writeln!(page, "| {listener} | {then} |"))
}

/// `string`, `Title`, `repeated string`; of a oneof: `ShowingSeats, one item`.
fn kind(field: &FieldDescriptor) -> String {
    let kind = format!("{:?}", field.kind());
    let kind = match kind.strip_prefix("boxoffice.") {
        Some(ours) => ours.rsplit('.').next().unwrap_or(ours),
        None => kind.as_str(),
    };
    match (field.is_list(), field.containing_oneof()) {
        (true, _) => format!("repeated {kind}"),
        (false, Some(oneof)) => format!("{kind}, one {}", oneof.name()),
        (false, None) => kind.to_owned(),
    }
}

/// What the proto says above the thing at `path`, on one line.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.iter();
    let mut places = info.flat_map(|info| &info.location);
    let place = places.find(|place| place.path == path);
    let words = place.map_or("", |place| place.leading_comments()).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn the_page_in_docs_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.md");
        let stale = "docs/events.md is stale; `cargo xtask events` writes it";
        assert!(fs::read_to_string(path).is_ok_and(|it| it == page()), "{stale}");
    }

    /// The table of contexts: who says what, and who listens to whom.
    #[test]
    fn the_architecture_is_drawn_as_it_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
        let drawing = fs::read_to_string(path).unwrap();
        for context in contexts::all() {
            let row = drawing.lines().find(|line| line.starts_with(&format!("| {context} | ")));
            let cells: Vec<_> = row.unwrap().split('|').map(str::trim).collect();
            let set = |cell: &str| {
                let words = cell.split(", ").filter(|word| *word != "–").map(str::to_owned);
                words.collect::<BTreeSet<_>>()
            };
            let says = whenever::events(context).map(|event| event.name().to_owned()).collect();
            assert_eq!(set(cells[4]), says, "{context}");
            let hears = sources(context).map(|source| source.to_string()).collect();
            assert_eq!(set(cells[5]), hears, "{context}");
        }
    }

    #[test]
    fn every_reaction_is_in_it() {
        let lines: usize = contexts::all().map(|it| hears(it).len()).sum();
        let rows = |by: Context| page().matches(&format!("\n| {by} | ")).count();
        assert_eq!(contexts::all().map(rows).sum::<usize>(), lines);
    }
}
