//! How old one must be to read a text: a published formula for each language, each of which gives a school year.
//!
//! | language | formula | source |
//! | --- | --- | --- |
//! | English | Flesch-Kincaid grade level | Kincaid, Fishburne, Rogers, Chissom: Derivation of new readability formulas for Navy enlisted personnel (1975) |
//! | German | fourth Wiener Sachtextformel | Bamberger, Vanecek: Lesen, Verstehen, Lernen, Schreiben (1984) |
//! | French | Flesch-Kincaid with the weight that Kandel and Moles give to French syllables: 73.6 where English has 84.6 | Kandel, Moles: Application de l'indice de Flesch à la langue française (1958) |
//! | Spanish | Crawford's grade, made for primary schools | Crawford: Fórmula y gráfico para determinar la comprensibilidad de textos de nivel primario en castellano (1984) |
//!
//! A child of nine begins the fourth school year: the age is the school year and five.

use super::Word;
use crate::language::Language;
use std::ops::Range;

/// The age from which on a message must be readable.
pub const AGE_MAX: f64 = 9.0;
/// Fewer words say nothing about how hard they are to read.
const WORDS_MIN: usize = 25;

/// How hard a text is to read.
pub(super) struct Reading {
    /// Years.
    pub age: f64,
    /// Bytes of the sentence that is hardest to read.
    pub hardest: Range<usize>,
}

/// The formula's name.
pub(super) fn formula(language: Language) -> &'static str {
    match language {
        Language::English => "Flesch-Kincaid",
        Language::German => "the fourth Wiener Sachtextformel",
        Language::French => "Flesch-Kincaid with Kandel and Moles's weight for French",
        Language::Spanish => "Crawford",
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    words: f64,
    syllables: f64,
    long_words: f64,
    sentences: f64,
}

impl Count {
    fn of<'a>(language: Language, words: impl Iterator<Item = &'a Word>) -> Self {
        let mut count = Self::default();
        let mut sentence = None;
        for word in words {
            let many = syllables(language, &word.lower);
            count.words += 1.0;
            count.syllables += many as f64;
            count.long_words += f64::from(u8::from(many >= 3));
            if sentence.replace(word.sentence) != Some(word.sentence) {
                count.sentences += 1.0;
            }
        }
        count
    }

    fn age(&self, language: Language) -> f64 {
        let words_a_sentence = self.words / self.sentences;
        let syllables_a_word = self.syllables / self.words;
        let grade = match language {
            Language::English => 0.39 * words_a_sentence + 11.8 * syllables_a_word - 15.59,
            Language::French => 0.39 * words_a_sentence + 11.8 * (73.6 / 84.6) * syllables_a_word - 15.59,
            Language::German => 0.2656 * words_a_sentence + 0.2744 * (100.0 * self.long_words / self.words) - 1.693,
            Language::Spanish => 0.049 * (100.0 * syllables_a_word) - 0.205 * (100.0 / words_a_sentence) - 3.407,
        };
        grade + 5.0
    }
}

/// Measures a text; `None` where it is too short to say anything.
pub(super) fn measure(language: Language, words: &[Word]) -> Option<Reading> {
    let real: Vec<&Word> = words.iter().filter(|w| w.lower.chars().any(char::is_alphabetic) && !w.variable).collect();
    if real.len() < WORDS_MIN {
        return None;
    }
    let age = Count::of(language, real.iter().copied()).age(language);
    let hardest = real
        .chunk_by(|a, b| a.sentence == b.sentence)
        .max_by(|a, b| {
            let age = |words: &[&Word]| Count::of(language, words.iter().copied()).age(language);
            // One long word alone is no sentence that could be split.
            (a.len() > 3, age(a)).partial_cmp(&(b.len() > 3, age(b))).unwrap_or(std::cmp::Ordering::Equal)
        })
        .and_then(|sentence| Some(sentence.first()?.at.start..sentence.last()?.at.end))?;
    Some(Reading { age, hardest })
}

/// The syllables of a word in small letters, one at least.
fn syllables(language: Language, word: &str) -> usize {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    let many = match language {
        Language::English => english(&letters),
        Language::German => german(&letters),
        Language::French => french(&letters),
        Language::Spanish => spanish(&letters),
    };
    many.max(1)
}

fn groups(letters: &[char], is_vowel: impl Fn(char) -> bool) -> usize {
    letters.iter().enumerate().filter(|(n, c)| is_vowel(**c) && (*n == 0 || !is_vowel(letters[*n - 1]))).count()
}

/// Groups of vowels; an e at the end, or in `-ed` where it is not spoken, is silent.
fn english(letters: &[char]) -> usize {
    let is_vowel = |c: char| "aeiouy".contains(c);
    let many = groups(letters, is_vowel);
    let silent = match letters {
        [.., 'l', 'e'] => false,
        [.., before, 'e'] => !is_vowel(*before),
        [.., before, 'e', 'd'] => !"td".contains(*before) && !is_vowel(*before),
        _ => false,
    };
    many - usize::from(silent && many > 1)
}

/// Vowels, of which some pairs are one sound.
fn german(letters: &[char]) -> usize {
    const PAIRS: [[char; 2]; 9] =
        [['a', 'i'], ['a', 'u'], ['e', 'i'], ['e', 'u'], ['ä', 'u'], ['i', 'e'], ['a', 'a'], ['e', 'e'], ['o', 'o']];
    let (mut many, mut at) = (0, 0);
    while let Some(letter) = letters.get(at) {
        let pair = letters.get(at + 1).is_some_and(|next| PAIRS.contains(&[*letter, *next]));
        let silent = *letter == 'u' && at > 0 && letters[at - 1] == 'q';
        many += usize::from("aeiouyäöü".contains(*letter) && !silent);
        at += if pair { 2 } else { 1 };
    }
    many
}

/// Groups of vowels, where y before a vowel is none; an e at the end (also in `-es`) is silent after anything but a
/// vowel, and so is `-ue` after q and g.
fn french(letters: &[char]) -> usize {
    let is_vowel = |c: char| "aàâäeéèêëiîïoôöuùûüyœæ".contains(c);
    let spoken: Vec<char> = letters
        .iter()
        .enumerate()
        .map(|(at, c)| if *c == 'y' && letters.get(at + 1).is_some_and(|next| is_vowel(*next)) { 'j' } else { *c })
        .collect();
    let silent = match spoken.as_slice() {
        [.., 'q' | 'g', 'u', 'e'] | [.., 'q' | 'g', 'u', 'e', 's'] => true,
        [.., before, 'e'] | [.., before, 'e', 's'] => !is_vowel(*before),
        _ => false,
    };
    let many = groups(&spoken, is_vowel);
    many - usize::from(silent && many > 1)
}

/// Vowels, of which a weak one without an accent (i, u) joins its neighbour; the u of `que` and `gue` is silent.
fn spanish(letters: &[char]) -> usize {
    let is_vowel = |c: char| "aeiouáéíóúü".contains(c);
    let is_weak = |c: char| "iuü".contains(c);
    let (mut many, mut before) = (0, None::<char>);
    for (at, letter) in letters.iter().copied().enumerate() {
        let silent = letter == 'u'
            && at > 0
            && matches!(letters[at - 1], 'q' | 'g')
            && letters.get(at + 1).is_some_and(|next| "eiéí".contains(*next));
        if !is_vowel(letter) || silent {
            before = None;
            continue;
        }
        let joins = before.is_some_and(|before| is_weak(before) || is_weak(letter));
        many += usize::from(!joins);
        before = Some(letter);
    }
    many
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted_as_they_are_spoken() {
        let table: [(Language, &[(&str, usize)]); 4] = [
            (
                Language::English,
                &[("pay", 1), ("invoice", 2), ("agreed", 2), ("looked", 1), ("started", 2), ("little", 2), ("the", 1)],
            ),
            (
                Language::German,
                &[("rechnung", 2), ("feuer", 2), ("bezahlen", 3), ("schauen", 2), ("viel", 1), ("möglichkeiten", 4)],
            ),
            (
                Language::French,
                &[("facture", 2), ("payer", 2), ("que", 1), ("rue", 1), ("possible", 2), ("vous", 1), ("écrire", 2)],
            ),
            (
                Language::Spanish,
                &[("factura", 3), ("quiere", 2), ("día", 2), ("ayuda", 3), ("puede", 2), ("bien", 1), ("leer", 2)],
            ),
        ];
        for (language, words) in table {
            for (word, many) in words {
                assert_eq!(syllables(language, word), *many, "{word}");
            }
        }
    }
}
