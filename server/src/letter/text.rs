//! The words of a message, as they are stored, as the parts of a letter.

use kept_letter::Block;

/// The parts of a text: paragraphs, lists, quotes. The link is left out, since a letter has a place of its own for it.
pub fn blocks(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n").map(str::trim).filter(|part| !part.is_empty() && !is_link(part)).map(block).collect()
}

fn block(part: &str) -> Block {
    let all = |mark: &str| -> Option<Vec<String>> {
        part.lines().map(|line| line.strip_prefix(mark).map(|rest| rest.trim_start().to_owned())).collect()
    };
    if let Some(lines) = all("- ") {
        Block::List(lines)
    } else if let Some(lines) = all(">") {
        Block::Quote(lines.join("\n"))
    } else {
        Block::Words(part.to_owned())
    }
}

/// A label with the address of a debtor's page below it.
fn is_link(part: &str) -> bool {
    let last = part.lines().next_back().unwrap_or_default();
    (last.starts_with("https://") || last.starts_with("http://")) && last.contains("/l/") && !last.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_parts_that_it_was_written_with() {
        let text = "Hello Ann.\n\nStill open:\n\n- one\n- two\n\n> You wrote\n>\n> this.\n\nOpen your page:\nhttps://pay.example/l/…\n\nBye.\nHarlow\n";
        let words = |text: &str| Block::Words(text.into());
        let list = Block::List(vec!["one".into(), "two".into()]);
        let quote = Block::Quote("You wrote\n\nthis.".into());
        assert_eq!(blocks(text), [words("Hello Ann."), words("Still open:"), list, quote, words("Bye.\nHarlow")]);
    }
}
