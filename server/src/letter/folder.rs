//! The folder of letters: a file appears whole or not at all, the manifest names each letter once, and a batch that was
//! interrupted is finished by the next run.
//!
//! A batch is closed by renaming the manifest: from then on its letters belong to it, and new ones begin another.

use crate::csv_out::safe;
use chrono::NaiveDate;
use kept_letter::{Recipient, Rendered};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;

const MANIFEST: &str = "manifest.csv";
/// Columns for the lines of an address; what is more stands in the last.
const LINES: usize = 6;

/// A batch that a print house can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The archive with its letters and their manifest.
    pub file: PathBuf,
    /// Its letters.
    pub letters: usize,
    /// Their pages.
    pub pages: u64,
    /// Their sheets, printed on both sides.
    pub sheets: u64,
}

/// A row of a manifest.
type Row = Vec<String>;

fn header() -> Row {
    let lines = (1..=LINES).map(|n| format!("line_{n}"));
    let begins = ["id", "recipient"].map(str::to_owned).into_iter();
    begins.chain(lines).chain(["country", "pages", "sheets", "sha256"].map(str::to_owned)).collect()
}

/// Puts a letter and its row into the folder; a second time with the same id replaces both.
pub(super) fn put(folder: &Path, id: &str, to: &Recipient, rendered: &Rendered) -> Result<()> {
    fs::create_dir_all(folder)?;
    let lock = lock(folder)?;
    write_whole(&folder.join(format!("{id}.pdf")), &rendered.pdf)?;
    let manifest = folder.join(MANIFEST);
    let mut rows = read(&manifest)?;
    rows.retain(|row| row.first().is_none_or(|known| known != id));
    rows.push(row(id, to, rendered));
    write_whole(&manifest, &csv(&rows)?)?;
    lock.unlock()
}

/// Closes a batch, after finishing one that was interrupted.
pub(super) fn close_batch(folder: &Path, today: NaiveDate) -> Result<Option<Batch>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let lock = lock(folder)?;
    let batch = match interrupted(folder)? {
        Some(begun) => Some(archive(folder, &begun)?),
        None if read(&folder.join(MANIFEST))?.is_empty() => None,
        None => {
            let name = (1_u32..).map(|n| format!("batch-{today}-{n}.csv")).find(|name| !folder.join(name).exists());
            let begun = folder.join(name.unwrap_or_default());
            fs::rename(folder.join(MANIFEST), &begun)?;
            sync(folder)?;
            Some(archive(folder, &begun)?)
        }
    };
    lock.unlock()?;
    Ok(batch)
}

/// The manifest of a batch that has no archive yet.
fn interrupted(folder: &Path) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("batch-") && name.ends_with(".csv") && !path.with_extension("zip").exists() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Packs the letters of a batch, each checked against its manifest, and takes them out of the folder.
fn archive(folder: &Path, manifest: &Path) -> Result<Batch> {
    let rows = read(manifest)?;
    let column = |row: &Row, n: usize| row.get(n).cloned().unwrap_or_default();
    let file = manifest.with_extension("zip");
    let unfinished = folder.join(".batch.zip.tmp");
    let mut zip = zip::ZipWriter::new(File::create(&unfinished)?);
    // A PDF is compressed already.
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file(MANIFEST, options)?;
    zip.write_all(&csv(&rows)?)?;
    let (mut pages, mut sheets) = (0, 0);
    for row in &rows {
        let name = format!("{}.pdf", column(row, 0));
        let pdf = fs::read(folder.join(&name))?;
        if hex::encode(Sha256::digest(&pdf)) != column(row, LINES + 5) {
            return Err(Error::new(ErrorKind::InvalidData, format!("{name} is not the letter that was put there")));
        }
        zip.start_file(name, options)?;
        zip.write_all(&pdf)?;
        pages += column(row, LINES + 3).parse().unwrap_or(0);
        sheets += column(row, LINES + 4).parse().unwrap_or(0);
    }
    zip.finish()?.sync_all()?;
    fs::rename(&unfinished, &file)?;
    sync(folder)?;
    for row in &rows {
        fs::remove_file(folder.join(format!("{}.pdf", column(row, 0))))?;
    }
    Ok(Batch { file, letters: rows.len(), pages, sheets })
}

fn row(id: &str, to: &Recipient, rendered: &Rendered) -> Row {
    let mut lines: Vec<String> = to.address.iter().filter(|line| !line.trim().is_empty()).cloned().collect();
    if lines.len() > LINES {
        let rest = lines.split_off(LINES - 1).join(", ");
        lines.push(rest);
    }
    lines.resize(LINES, String::new());
    let mut row = vec![id.to_owned(), safe(&to.name).into_owned()];
    row.extend(lines.iter().map(|line| safe(line).into_owned()));
    row.push(safe(&to.country).into_owned());
    row.extend([rendered.pages.to_string(), rendered.sheets().to_string()]);
    row.push(hex::encode(Sha256::digest(&rendered.pdf)));
    row
}

fn read(manifest: &Path) -> Result<Vec<Row>> {
    match fs::read(manifest) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(bytes) => {
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let rows = reader.records().map(|record| Ok(record?.iter().map(str::to_owned).collect()));
            rows.collect()
        }
    }
}

fn csv(rows: &[Row]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header())?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// Several workers may put letters at once.
fn lock(folder: &Path) -> Result<File> {
    let lock = File::create(folder.join(".lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("tmp");
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), sync)
}

/// Makes the names in a folder as lasting as the files.
fn sync(folder: &Path) -> Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("kept-letters-{}", uuid::Uuid::now_v7()))
    }

    fn to(name: &str) -> Recipient {
        let address = (1..=8).map(|n| format!("line {n}")).collect();
        Recipient { name: name.into(), address, country: "FRANCE".into() }
    }

    fn rendered(text: &str) -> Rendered {
        Rendered { pdf: text.as_bytes().to_vec(), pages: 3, replaced: Vec::new() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut all: Vec<String> = all.filter(|name| name != ".lock").collect();
        all.sort();
        all
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
    }

    #[test]
    fn a_batch_holds_each_letter_once_and_a_second_run_changes_nothing() {
        let folder = folder();
        assert_eq!(close_batch(&folder, today()).unwrap(), None);
        put(&folder, "a", &to("=Ann"), &rendered("first")).unwrap();
        put(&folder, "b", &to("Bob"), &rendered("second")).unwrap();
        put(&folder, "a", &to("=Ann"), &rendered("first again")).unwrap();
        assert_eq!(names(&folder), ["a.pdf", "b.pdf", "manifest.csv"]);
        let rows = read(&folder.join(MANIFEST)).unwrap();
        let sha = hex::encode(Sha256::digest("first again"));
        let lines = ["line 1", "line 2", "line 3", "line 4", "line 5", "line 6, line 7, line 8"];
        assert_eq!(rows[1], [&["a", "'=Ann"][..], &lines, &["FRANCE", "3", "2", &sha]].concat());
        let batch = close_batch(&folder, today()).unwrap().unwrap();
        assert_eq!((batch.letters, batch.pages, batch.sheets), (2, 6, 4));
        assert!(batch.file.ends_with("batch-2026-11-24-1.zip"));
        let mut zip = zip::ZipArchive::new(File::open(&batch.file).unwrap()).unwrap();
        let mut packed: Vec<String> = zip.file_names().map(str::to_owned).collect();
        packed.sort();
        assert_eq!(packed, ["a.pdf", "b.pdf", "manifest.csv"]);
        let mut pdf = String::new();
        std::io::Read::read_to_string(&mut zip.by_name("a.pdf").unwrap(), &mut pdf).unwrap();
        assert_eq!(pdf, "first again");
        let after = names(&folder);
        assert_eq!(after, ["batch-2026-11-24-1.csv", "batch-2026-11-24-1.zip"]);
        assert_eq!(close_batch(&folder, today()).unwrap(), None);
        assert_eq!(names(&folder), after);
        put(&folder, "c", &to("Cy"), &rendered("third")).unwrap();
        assert!(close_batch(&folder, today()).unwrap().unwrap().file.ends_with("batch-2026-11-24-2.zip"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_batch_that_was_interrupted_is_finished() {
        let folder = folder();
        put(&folder, "a", &to("Ann"), &rendered("first")).unwrap();
        fs::rename(folder.join(MANIFEST), folder.join("batch-2026-11-23-1.csv")).unwrap();
        fs::write(folder.join(".batch.zip.tmp"), "half").unwrap();
        let batch = close_batch(&folder, today()).unwrap().unwrap();
        assert!(batch.file.ends_with("batch-2026-11-23-1.zip") && batch.letters == 1);
        assert_eq!(names(&folder), ["batch-2026-11-23-1.csv", "batch-2026-11-23-1.zip"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_letter_that_was_changed_is_not_packed() {
        let folder = folder();
        put(&folder, "a", &to("Ann"), &rendered("first")).unwrap();
        fs::write(folder.join("a.pdf"), "other").unwrap();
        assert!(close_batch(&folder, today()).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn workers_at_the_same_time_lose_no_row() {
        let folder = folder();
        let put = |n: u32| {
            let folder = folder.clone();
            std::thread::spawn(move || put(&folder, &n.to_string(), &to("Ann"), &rendered("one")).unwrap())
        };
        for worker in (0..20).map(put).collect::<Vec<_>>() {
            worker.join().unwrap();
        }
        assert_eq!(read(&folder.join(MANIFEST)).unwrap().len(), 20);
        fs::remove_dir_all(folder).unwrap();
    }
}
