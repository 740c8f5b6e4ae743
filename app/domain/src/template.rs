//! Templates of messages: plain text with `{{ placeholders }}`. What may stand in one is checked, and filling it gives
//! blocks that e-mail, SMS and letters show each in its own way.
//!
//! Paragraphs are apart by an empty line. One whose lines all begin with `- ` is a list. One that is nothing but
//! `{{ invoices }}` becomes the list of them, and one that is nothing but `{{ link }}` the button. A paragraph or a line of
//! a list that needs something which there is not (no telephone number, nothing in dispute) is left out.

mod check;
mod fill;
mod kind;
mod telling;

pub use check::{BODY_CHARS_MAX, Fault, PREVIEW_CHARS, Problem, SMS_LINK_CHARS, SMS_SEPTETS, SUBJECT_CHARS_MAX, check};
pub use fill::{Block, Value, Values, fill, fill_words};
pub use kind::{CALL, COMMON, Group, KINDS, Kind, describe, find_kind};
pub use telling::{TELLING_NAME, telling, telling_name, telling_words};

#[cfg(test)]
mod tests;
