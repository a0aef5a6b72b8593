//! Events in a row, and the items that they have told.

use crate::codec::sse;
use crate::json::writer::Writer;

/// Numbers the events and keeps the items for the last of them.
#[derive(Debug, Default)]
pub(super) struct Line {
    sequence: u64,
    silent: bool,
    /// The index of the open item, or of the next one.
    index: u64,
    /// The items that are complete, with commas between them.
    items: Vec<u8>,
}

impl Line {
    /// One that writes no events.
    pub(super) fn silent() -> Self {
        Self {
            silent: true,
            ..Self::default()
        }
    }

    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The number for an event that is written elsewhere.
    pub(super) fn next(&mut self) -> u64 {
        let number = self.sequence;
        self.sequence += 1;
        number
    }

    pub(super) const fn index(&self) -> u64 {
        self.index
    }

    pub(super) fn items(&self) -> &[u8] {
        &self.items
    }

    /// Writes an event. `members` gets the items that are complete.
    pub(super) fn send(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        members: impl FnOnce(&mut Writer<'_>, &[u8]),
    ) {
        if self.silent {
            return;
        }
        sse::named(out, name, |o| {
            o.key("sequence_number").number(self.sequence);
            members(o, &self.items);
        });
        self.sequence += 1;
    }

    /// Writes an event about the open item.
    pub(super) fn tell(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        id: &str,
        members: impl FnOnce(&mut Writer<'_>),
    ) {
        let index = self.index;
        self.send(out, name, |o, _| {
            o.key("item_id").string(id);
            o.key("output_index").number(index);
            members(o);
        });
    }

    /// An item begins.
    pub(super) fn added(&mut self, out: &mut Vec<u8>, item: impl FnOnce(&mut Writer<'_>)) {
        let index = self.index;
        self.send(out, "response.output_item.added", |o, _| {
            o.key("output_index").number(index);
            o.key("item");
            item(o);
        });
    }

    /// The open item is complete.
    pub(super) fn done(&mut self, out: &mut Vec<u8>, item: impl FnOnce(&mut Writer<'_>)) {
        if !self.items.is_empty() {
            self.items.push(b',');
        }
        let before = self.items.len();
        item(&mut Writer::new(&mut self.items));
        let index = self.index;
        self.send(out, "response.output_item.done", |o, items| {
            o.key("output_index").number(index);
            o.key("item").raw(&items[before..]);
        });
        self.index += 1;
    }

    /// An item that is told at once.
    pub(super) fn at_once(&mut self, item: &[u8], out: &mut Vec<u8>) {
        self.added(out, |o| o.raw(item));
        self.done(out, |o| o.raw(item));
    }
}
