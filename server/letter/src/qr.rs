//! QR codes as lines that a printer draws as sharply as letters.

use crate::LetterError;
use fast_qr::{ECL, QRBuilder};
use std::fmt::Write as _;

/// Modules of white around it (ISO/IEC 18004).
const QUIET: usize = 4;
/// Characters of a link at most; more would make modules that a telephone cannot tell apart on paper.
const LINK_CHARS_MAX: usize = 200;

/// The picture of a link.
///
/// # Errors
/// When the link is no web address, or too long.
pub(crate) fn svg(link: &str) -> Result<String, LetterError> {
    let web = link.starts_with("https://") || link.starts_with("http://");
    if !web || link.len() > LINK_CHARS_MAX || link.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(LetterError::Link);
    }
    draw(link).ok_or(LetterError::Link)
}

/// The picture of a text, of which a seventh may be lost (level M, as EPC069-12 asks for); `None` where it does not fit.
pub(crate) fn draw(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size {
        let row = &code[y];
        let mut x = 0;
        while x < code.size {
            let from = x;
            while x < code.size && row[x].value() {
                x += 1;
            }
            if x > from {
                // One run of dark modules; writing into a string cannot fail.
                let _ = write!(path, "M{} {}h{}v1h-{}z", from + QUIET, y + QUIET, x - from, x - from);
            }
            x += 1;
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\"><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}
