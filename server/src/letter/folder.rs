//! The files of a batch: an archive with a PDF for each letter and a manifest that names them. It grows beside its place and is
//! moved there whole.

use crate::csv_out::safe;
use kept_letter::{Letter, LetterError, Recipient, Rendered, render};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What the list of the letters is called in the archive.
const MANIFEST: &str = "manifest.csv";
/// Columns for the lines of an address; what is more stands in the last.
const LINES: usize = 6;

/// What came of one letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Its pages.
    pub pages: u32,
    /// Its sheets of paper, printed on both sides.
    pub sheets: u32,
    /// The SHA-256 of its file, in hexadecimal.
    pub sha256: String,
    /// Characters that the typeface has not.
    pub replaced: Vec<char>,
}

impl Printed {
    /// What is known of a letter once it is set.
    pub fn of(rendered: &Rendered) -> Self {
        Self {
            pages: rendered.pages,
            sheets: rendered.sheets(),
            sha256: hex::encode(Sha256::digest(&rendered.pdf)),
            replaced: rendered.replaced.clone(),
        }
    }
}

/// A batch that is being packed.
pub struct Packing {
    file: PathBuf,
    zip: ZipWriter<File>,
    manifest: csv::Writer<Vec<u8>>,
}

impl Packing {
    /// Begins the archive that will be `file`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn begin(file: PathBuf) -> Result<Self> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut manifest = csv::Writer::from_writer(Vec::new());
        let lines: Vec<String> = (1..=LINES).map(|n| format!("line_{n}")).collect();
        let begins = ["id", "recipient"].into_iter().chain(lines.iter().map(String::as_str));
        manifest.write_record(begins.chain(["country", "pages", "sheets", "sha256"]))?;
        Ok(Self { zip: ZipWriter::new(File::create(unfinished(&file))?), manifest, file })
    }

    /// Sets a letter and packs it under its id; it stands outside the archive where it cannot be set.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn add(&mut self, id: &str, letter: &Letter) -> Result<std::result::Result<Printed, LetterError>> {
        let rendered = match render(letter) {
            Ok(rendered) => rendered,
            Err(error) => return Ok(Err(error)),
        };
        self.zip.start_file(format!("{id}.pdf"), options())?;
        self.zip.write_all(&rendered.pdf)?;
        let printed = Printed::of(&rendered);
        self.manifest.write_record(row(id, &letter.to, &printed))?;
        Ok(Ok(printed))
    }

    /// Ends the archive. It is on the disk, and not yet at its place.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn end(self) -> Result<()> {
        let Self { file, mut zip, manifest } = self;
        zip.start_file(MANIFEST, options())?;
        zip.write_all(&manifest.into_inner().map_err(csv::IntoInnerError::into_error)?)?;
        zip.finish()?.sync_all()?;
        file.parent().map_or(Ok(()), sync)
    }

    /// Throws the archive away.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn discard(self) -> Result<()> {
        drop(self.zip);
        fs::remove_file(unfinished(&self.file))
    }
}

/// Moves an archive that was ended to its place; one that is there already stays.
pub(super) fn put(file: &Path) -> Result<()> {
    match fs::rename(unfinished(file), file) {
        Err(error) if error.kind() == ErrorKind::NotFound && file.exists() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => file.parent().map_or(Ok(()), sync),
    }
}

/// Reads an archive; one that was ended and not moved is moved first.
pub(super) fn read(file: &Path) -> Result<Vec<u8>> {
    put(file)?;
    fs::read(file)
}

fn unfinished(file: &Path) -> PathBuf {
    file.with_extension("zip.tmp")
}

/// A PDF is compressed already, and the archive holds nothing of the clock.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)
}

fn row(id: &str, to: &Recipient, printed: &Printed) -> Vec<String> {
    let mut lines: Vec<String> = to.address.iter().filter(|line| !line.trim().is_empty()).cloned().collect();
    if lines.len() > LINES {
        let rest = lines.split_off(LINES - 1).join(", ");
        lines.push(rest);
    }
    lines.resize(LINES, String::new());
    let mut row = vec![id.to_owned(), safe(&to.name).into_owned()];
    row.extend(lines.iter().map(|line| safe(line).into_owned()));
    row.push(safe(&to.country).into_owned());
    row.extend([printed.pages.to_string(), printed.sheets.to_string(), printed.sha256.clone()]);
    row
}

/// Makes the names in a folder as lasting as the files.
fn sync(folder: &Path) -> Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The name of a batch's file; names are ours and never a way to another folder.
pub(super) fn file_name(name: &str) -> Result<String> {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain { Ok(format!("{name}.zip")) } else { Err(Error::new(ErrorKind::InvalidInput, "no name of a batch")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kept_letter::{Block, Form, Language, Sender};

    fn letter(name: &str) -> Letter {
        Letter {
            language: Language::English,
            form: Form::DinB,
            from: Sender { name: "Harlow Joinery".into(), ..Sender::default() },
            to: Recipient {
                name: name.into(),
                address: ["a", "b", "c", "d", "e", "f", "g"].map(|l| format!("{l} lane")).to_vec(),
                country: String::new(),
            },
            date: "24 November 2026".into(),
            reference: "C-1".into(),
            subject: "About your account".into(),
            blocks: vec![Block::Words("Hello.".into())],
            link: "https://pay.example.com/l/abc".into(),
            link_words: "Open your page".into(),
            transfer: None,
            closing: "Harlow Joinery".into(),
        }
    }

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("kept-letters-{}", uuid::Uuid::now_v7()))
    }

    #[test]
    fn an_archive_holds_each_letter_and_a_manifest_of_them() {
        let folder = folder();
        let file = folder.join("letters-2026-11-24-1.zip");
        let mut packing = Packing::begin(file.clone()).unwrap();
        let first = packing.add("a", &letter("=Ann")).unwrap().unwrap();
        assert_eq!((first.pages, first.sheets), (1, 1));
        assert_eq!(packing.add("b", &letter("")).unwrap(), Err(LetterError::NoAddress));
        packing.add("c", &letter("Cy")).unwrap().unwrap();
        packing.end().unwrap();
        assert!(!file.exists(), "it is not there before it is certain");
        let bytes = read(&file).unwrap();
        assert_eq!(read(&file).unwrap(), bytes);
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut packed: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        packed.sort();
        assert_eq!(packed, ["a.pdf", "c.pdf", "manifest.csv"]);
        let mut pdf = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name("a.pdf").unwrap(), &mut pdf).unwrap();
        assert_eq!(hex::encode(Sha256::digest(&pdf)), first.sha256);
        let mut manifest = String::new();
        std::io::Read::read_to_string(&mut zip.by_name(MANIFEST).unwrap(), &mut manifest).unwrap();
        let lines: Vec<&str> = manifest.lines().collect();
        assert_eq!(lines.len(), 3, "{manifest}");
        let lane = "a lane,b lane,c lane,d lane,e lane,\"f lane, g lane\"";
        assert_eq!(lines[1], format!("a,'=Ann,{lane},,1,1,{}", first.sha256));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_archive_that_is_thrown_away_leaves_nothing() {
        let folder = folder();
        let file = folder.join("letters-2026-11-24-1.zip");
        Packing::begin(file.clone()).unwrap().discard().unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        assert!(read(&file).is_err());
        assert!(file_name("../x").is_err() && file_name("").is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
