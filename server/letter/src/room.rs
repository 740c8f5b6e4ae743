//! The room in which a letter or a document is set: its source, its typefaces and its data, and no door to anything else.

use std::sync::LazyLock;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// The typefaces; their licence stands beside them.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&'static [u8]; 2] =
        [include_bytes!("../fonts/OpenSans-Regular.ttf"), include_bytes!("../fonts/OpenSans-Bold.ttf")];
    files.into_iter().filter_map(|file| Font::new(Bytes::new(file), 0)).collect()
});
static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));
/// What a letter looks like.
pub(crate) static LETTER: LazyLock<Source> = LazyLock::new(|| Source::detached(include_str!("letter.typ")));
/// What any other document looks like.
pub(crate) static DOCUMENT: LazyLock<Source> = LazyLock::new(|| Source::detached(include_str!("document.typ")));

/// Whether every typeface has a picture for it.
pub(crate) fn has_glyph(c: char) -> bool {
    FONTS.iter().all(|font| font.info().coverage.contains(u32::from(c)))
}

/// The room of one of them.
pub(crate) struct Room {
    source: &'static Source,
    library: LazyHash<Library>,
}

impl Room {
    /// A room with these inputs.
    pub(crate) fn new(source: &'static Source, inputs: Dict) -> Self {
        Self { source, library: LazyHash::new(Library::builder().with_inputs(inputs).build()) }
    }
}

impl World for Room {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() { Ok(self.source.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
