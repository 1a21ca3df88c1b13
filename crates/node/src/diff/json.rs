//! JSON for reports. Bytes that are no UTF-8 become the lone surrogates that `lib/diff/text.js` takes for them, which no
//! library writes.

use std::fmt::Write;

/// A JSON text that is being written.
#[derive(Default)]
pub(super) struct Json(String);

impl Json {
    /// The JSON of one object.
    pub(super) fn of_object(write: impl FnOnce(&mut Self)) -> String {
        let mut json = Self::default();
        json.object(write);
        json.0
    }

    /// The JSON of one array.
    pub(super) fn of_array<T>(items: impl IntoIterator<Item = T>, write: impl FnMut(&mut Self, T)) -> String {
        let mut json = Self::default();
        json.array(items, write);
        json.0
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.separate();
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    pub(super) fn array<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.separate();
        self.0.push('[');
        for item in items {
            write(self, item);
        }
        self.0.push(']');
    }

    /// The name of an object's property, whose value is written next. Names need no escapes.
    pub(super) fn name(&mut self, name: &'static str) -> &mut Self {
        self.separate();
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self
    }

    pub(super) fn number(&mut self, number: usize) {
        self.separate();
        write!(self.0, "{number}").expect("a String takes everything");
    }

    pub(super) fn integer(&mut self, number: isize) {
        self.separate();
        write!(self.0, "{number}").expect("a String takes everything");
    }

    /// A finite number, with as many digits as it takes to read the same one.
    pub(super) fn float(&mut self, number: f64) {
        self.separate();
        write!(self.0, "{number}").expect("a String takes everything");
    }

    pub(super) fn boolean(&mut self, value: bool) {
        self.separate();
        self.0.push_str(if value { "true" } else { "false" });
    }

    pub(super) fn null(&mut self) {
        self.separate();
        self.0.push_str("null");
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        self.separate();
        self.0.push('"');
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' | '\\' => self.0.extend(['\\', character]),
                    '\0'..=' ' if character != ' ' => self.unit(u32::from(character)),
                    _ => self.0.push(character),
                }
            }
            for &byte in chunk.invalid() {
                self.unit(0xDC00 + u32::from(byte));
            }
        }
        self.0.push('"');
    }

    fn unit(&mut self, unit: u32) {
        write!(self.0, "\\u{unit:04x}").expect("a String takes everything");
    }

    /// A comma where something stands before.
    fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }
}
