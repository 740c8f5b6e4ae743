//! Letters as whoever prints and opens them sees them.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::{RenderCache, RenderSettings};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// The files of an archive, by their names.
pub fn unpack(file: impl AsRef<Path>) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(file).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for n in 0..zip.len() {
        let mut entry = zip.by_index(n).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.name().unwrap().into_owned(), bytes);
    }
    files
}

/// The words of a PDF in the order in which they are read, without the spaces between them.
pub fn words(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

/// What the QR codes of a PDF say, page by page from the top down.
pub fn scan(pdf: &[u8]) -> Vec<String> {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let settings = RenderSettings {
        x_scale: 3.0,
        y_scale: 3.0,
        bg_color: hayro::vello_cpu::color::palette::css::WHITE,
        ..RenderSettings::default()
    };
    let of_page = |page| {
        let picture = hayro::render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
        let (width, height) = (usize::from(picture.width()), usize::from(picture.height()));
        let pixels = picture.data();
        read(width, height, |x, y| pixels[y * width + x].r)
    };
    pdf.pages().iter().flat_map(of_page).collect()
}

/// What a QR code on a page says, by the path that draws its dark modules: runs such as `M4 4h7v1h-7z`.
pub fn scan_path(path: &str) -> String {
    const SCALE: usize = 4;
    const QUIET: usize = 4;
    let mut dark = std::collections::BTreeSet::new();
    for run in path.split('z').filter(|run| !run.is_empty()) {
        let (at, rest) = run.trim_start_matches('M').split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let wide: usize = rest.split_once('v').unwrap().0.parse().unwrap();
        dark.extend((x..x + wide).map(|x| (x, y)));
    }
    let side = dark.iter().map(|(x, y)| x.max(y) + 1).max().unwrap() + 2 * QUIET;
    let is_dark = |x: usize, y: usize| {
        let module = (x / SCALE).checked_sub(QUIET).zip((y / SCALE).checked_sub(QUIET));
        module.is_some_and(|at| dark.contains(&at))
    };
    let mut said = read(side * SCALE, side * SCALE, |x, y| if is_dark(x, y) { 0 } else { 255 });
    assert_eq!(said.len(), 1, "one code");
    said.remove(0)
}

fn read(width: usize, height: usize, grey: impl FnMut(usize, usize) -> u8) -> Vec<String> {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let mut grids = image.detect_grids();
    grids.sort_by_key(|grid| grid.bounds[0].y);
    grids.iter().map(|grid| grid.decode().unwrap().1).collect()
}
