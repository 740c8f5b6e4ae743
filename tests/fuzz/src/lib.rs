//! Every reader of what comes from outside, given whatever may come. A target reads bytes and asserts what must hold of the
//! answer: what is read and written again is read as the same; sums, counts and limits hold; a problem lies inside the file.
//! None of them may panic, whatever the bytes are.
//!
//! `tests/corpus.rs` gives each target the kept corpus and many small changes of it, on any toolchain, with the other tests.
//! `tests/fuzz/run` searches with libFuzzer for as long as it is told; what it finds goes into `corpus/`.

#![forbid(unsafe_code)]

pub mod einvoice;
pub mod form;
pub mod mail;
pub mod places;
pub mod sheet;
pub mod statement;
pub mod table;
pub mod template;
pub mod text;
pub mod webhook;

/// Something that reads bytes, and asserts.
pub type Target = fn(&[u8]);

/// All of them, by the name of their folder in the corpus.
pub const TARGETS: [(&str, Target); 9] = [
    ("einvoice", einvoice::target),
    ("form", form::target),
    ("mail", mail::target),
    ("sheet", sheet::target),
    ("statement", statement::target),
    ("table", table::target),
    ("template", template::target),
    ("text", text::target),
    ("webhook", webhook::target),
];
