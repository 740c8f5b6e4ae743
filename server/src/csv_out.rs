//! CSV that leaves: texts from outside must not turn into formulas in somebody's spreadsheet.

use std::borrow::Cow;

/// A text as it may stand in a CSV cell: one that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// A cell on its way out.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Anything that came from outside, or may have.
    Text(String),
    /// A figure that we wrote; it may begin with a minus.
    Figure(String),
}

/// Writes a header and rows, a line each.
///
/// # Errors
/// When a row has not the header's number of cells.
pub fn write(header: &[&str], rows: &[Vec<Cell>]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| {
            match cell {
                Cell::Text(text) => safe(text),
                Cell::Figure(figure) => Cow::Borrowed(figure.as_str()),
            }
            .into_owned()
        }))?;
    }
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula() {
        for text in ["=1+1", "+44 20", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://x\";\"y\")"] {
            assert_eq!(safe(text), format!("'{text}"));
        }
        for text in ["", "Jessop", "1=1", "a@b.co", "'=1"] {
            assert_eq!(safe(text), text);
        }
    }

    #[test]
    fn figures_keep_their_sign_and_texts_their_content() {
        let rows = [vec![Cell::Text("a \"b\", c\nd".into()), Cell::Figure("-1.50".into())]];
        assert_eq!(write(&["text", "figure"], &rows).unwrap(), "text,figure\n\"a \"\"b\"\", c\nd\",-1.50\n");
        assert!(write(&["text"], &rows).is_err());
    }
}
