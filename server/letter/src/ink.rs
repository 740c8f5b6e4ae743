//! Texts as they can be printed: nothing unseen, nothing that turns the reading direction, and a sign wherever the
//! typeface has no picture.

use crate::room::has_glyph;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;

/// Stands where a character cannot be printed.
const MISSING: char = '\u{fffd}';
/// Where a word that has no end may be broken.
const BREAK: char = '\u{200b}';
/// Characters of a word after which it may be broken.
const WORD_CHARS_MAX: usize = 24;

/// Makes texts printable, and remembers what could not be printed.
#[derive(Default)]
pub(crate) struct Ink {
    replaced: BTreeSet<char>,
}

impl Ink {
    /// One line: the ends of lines in it become spaces.
    pub(crate) fn line(&mut self, text: &str) -> String {
        let words: Vec<String> = text.split(is_space).map(|word| self.word(word)).filter(|w| !w.is_empty()).collect();
        words.join(" ")
    }

    /// The lines of a text; without any it is one empty line.
    pub(crate) fn lines(&mut self, text: &str) -> Vec<String> {
        text.trim().replace("\r\n", "\n").split(['\n', '\r', '\u{2028}', '\u{2029}']).map(|l| self.line(l)).collect()
    }

    /// What could not be printed.
    pub(crate) fn replaced(self) -> Vec<char> {
        self.replaced.into_iter().collect()
    }

    fn word(&mut self, word: &str) -> String {
        let mut out = String::with_capacity(word.len());
        for (n, c) in seen(word).enumerate() {
            if n > 0 && n.is_multiple_of(WORD_CHARS_MAX) {
                out.push(BREAK);
            }
            if has_glyph(c) {
                out.push(c);
            } else {
                self.replaced.insert(c);
                out.push(MISSING);
            }
        }
        out
    }
}

/// Whether a text has letters or digits that cannot be printed, so that it cannot be read any more.
pub(crate) fn lost_letters(text: &str) -> bool {
    seen(text).any(|c| c.is_alphanumeric() && !has_glyph(c))
}

/// The characters of a text that are there to be seen, composed, those that only differ in how lines break as the ones
/// that the typeface has.
fn seen(text: &str) -> impl Iterator<Item = char> + '_ {
    text.nfc().filter(|c| !is_unseen(*c)).map(|c| match c {
        '\u{2007}' | '\u{202f}' => '\u{a0}',
        '\u{2010}' | '\u{2011}' => '-',
        '\u{1e9e}' => 'ß',
        c => c,
    })
}

/// Where a line may be broken; spaces that hold a number and its unit together are none.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// Controls, directions, joiners, variation selectors and marks of other protocols.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_printed_is_left_as_it_is() {
        let mut ink = Ink::default();
        for text in [
            "Zażółć gęślą jaźń",
            "Příliš žluťoučký kůň",
            "Ærøskøbing",
            "C/ Núñez, 3.º",
            "L’Haÿ-les-Roses",
            "#let x = ]",
        ] {
            assert_eq!(ink.line(text), text);
            assert!(!lost_letters(text), "{text}");
        }
        assert_eq!(ink.line("Zoe\u{308}  Mu\u{308}ller\t1\u{202f}000\u{2011}1"), "Zoë Müller 1\u{a0}000-1");
        assert!(ink.replaced().is_empty());
    }

    #[test]
    fn what_cannot_be_seen_is_gone_and_what_cannot_be_printed_is_marked() {
        let mut ink = Ink::default();
        assert_eq!(ink.line("a\u{202e}b\u{0}c\u{200d}d\u{feff}"), "abcd");
        assert_eq!(ink.line("Ann \u{1f469}\u{200d}\u{1f467} \u{e000}"), "Ann \u{fffd}\u{fffd} \u{fffd}");
        assert_eq!(ink.lines("one\r\ntwo\u{2028}three\n\nfour"), ["one", "two", "three", "", "four"]);
        assert_eq!(ink.replaced(), ['\u{e000}', '\u{1f467}', '\u{1f469}']);
        assert!(lost_letters("王小明") && lost_letters("שלום") && !lost_letters("\u{1f469} 1"));
    }

    #[test]
    fn a_word_without_end_may_be_broken() {
        let line = Ink::default().line(&"x".repeat(50));
        assert_eq!(line.split(BREAK).map(str::len).collect::<Vec<_>>(), [24, 24, 2]);
    }
}
