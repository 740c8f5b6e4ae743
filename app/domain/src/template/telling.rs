//! Words that tell whoever sees them that money is owed.

use super::check::names;
use crate::language::Language;
use crate::tone;
use std::ops::Range;

/// Signs and words that tell whoever sees them that money is owed, as the linter's patterns.
pub fn telling_words(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &[
            "debt*",
            "owe|owes|owed|owing",
            "overdue",
            "due",
            "late",
            "invoice*",
            "bill|bills",
            "pay|pays|paid|paying",
            "payment*|payable",
            "money",
            "remind*",
            "collect*",
            "arrears",
            "balance*",
            "amount*",
            "instal*",
            "dispute*",
            "claim*",
            "hardship",
            "afford*",
            "settle*",
            "receipt*",
            "credit*",
            "unpaid",
            "outstanding",
            "default*",
            "bailiff*",
        ],
        Language::German => &[
            "schuld*",
            "fällig*",
            "überfällig*",
            "rechnung*",
            "mahn*",
            "zahl*|gezahlt|bezahl*",
            "geld*",
            "erinner*",
            "inkasso*",
            "rückstand*|rückständ*",
            "saldo",
            "betrag*|beträge*",
            "rate|raten|ratenzahlung*",
            "offene|offenen|offener|offenes",
            "forderung*",
            "ausstehend*|außenstände*",
            "quittung*",
            "gutschrift*",
            "leisten",
            "überweis*",
            "kredit*",
            "verzug*",
            "säumig*",
            "gerichtsvollzieher*",
        ],
        Language::French => &[
            "dette*",
            "impayé*",
            "facture*|facturation",
            "dû|due|dus|dues|devez",
            "échéance*|échu*",
            "pay*|paie*",
            "régler|réglé*|réglez|règlement*",
            "argent",
            "rappel|rappels",
            "relance*",
            "recouvrement",
            "arriéré*",
            "solde*",
            "montant*",
            "mensualité*|acompte*",
            "litige*",
            "créance*|créancier*|crédit*",
            "quittance*",
            "somme|sommes dues|due",
            "retard*",
            "virement*",
            "huissier*",
        ],
        Language::Spanish => &[
            "deuda*|deudor*|adeud*",
            "impag*",
            "factura*",
            "pag|paga|pagar|pagos|pago|pague|pagado|pagada",
            "abon*",
            "vencid*|vence|vencimiento*",
            "debe|debido|debida",
            "dinero",
            "recordatorio*|recordar*|recordamos",
            "cobro*|cobrar*",
            "atras*",
            "saldo*",
            "importe*|cantidad*",
            "plazo*|cuota*",
            "mora|moros*",
            "reclam*",
            "crédito*",
            "recibo*",
            "pendiente*",
            "transferencia*",
            "embargo*",
        ],
    }
}

/// Where a text tells that money is owed: a telling word, a currency's sign, or a variable that is about money.
pub fn telling(language: Language, text: &str) -> Option<Range<usize>> {
    const SAFE: [&str; 9] =
        ["greeting", "business", "phone", "address", "name", "private", "closing", "link", "answer_by"];
    let sign = text.char_indices().find(|(_, c)| "£$€¥₹".contains(*c)).map(|(at, c)| at..at + c.len_utf8());
    let variable = names(text).into_iter().find(|name| !SAFE.contains(name)).and_then(|name| {
        let at = text.find(name)?;
        Some(at..at + name.len())
    });
    let word = tone::find_phrase(language, text, telling_words(language));
    [sign, variable, word].into_iter().flatten().min_by_key(|at| at.start)
}

/// What to tell somebody whose sender's name tells of a debt.
pub const TELLING_NAME: &str = "Others see this name beside the message: leave out words that tell of a debt, such as \u{201c}debt\u{201d}, \
                                \u{201c}arrears\u{201d} or \u{201c}Inkasso\u{201d}, and write the name under which your customers know you";

/// Those of the telling words that no name holds by chance: Bill is somebody's name, a collection is worn, and Due Torri is a
/// restaurant. Beginnings of words in small letters; after a `*` also what stands within one, as German joins them.
const NAME_WORDS: [&str; 31] = [
    "debt",
    "overdue",
    "arrears",
    "unpaid",
    "owed",
    "owing",
    "invoice",
    "remind",
    "bailiff",
    "*inkasso",
    "schuldner",
    "*schulden",
    "mahnwesen",
    "mahnstelle",
    "mahnung",
    "mahnbescheid",
    "rückständ",
    "*forderung",
    "*überfällig",
    "gerichtsvollzieher",
    "dette",
    "impayé",
    "recouvrement",
    "arriéré",
    "créanc",
    "huissier",
    "deuda",
    "deudor",
    "impag",
    "cobro",
    "moros",
];

/// The word in a sender's name that tells of a debt, in any of the languages: whoever looks at somebody's telephone, or at their
/// post, sees who wrote.
pub fn telling_name(name: &str) -> Option<&str> {
    let tells = |word: &str| {
        let word = word.to_lowercase();
        NAME_WORDS.iter().any(|pattern| match pattern.strip_prefix('*') {
            Some(stem) => word.contains(stem),
            None => word.starts_with(pattern),
        })
    };
    // A word, and each of the words that are joined by capitals, as in DebtCollect.
    let words = name.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).find(|word| tells(word) || humps(word).any(tells))
}

/// The parts of a word that begin with a capital each.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = word.char_indices().filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at).collect();
    starts.push(word.len());
    starts.into_iter().scan(0, |from, to| {
        let part = word.get(*from..to);
        *from = to;
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_tells_of_a_debt_is_known_in_every_language() {
        for (name, word) in [
            ("Swift Debt Recovery Ltd", "Debt"),
            ("ARREARS & CO", "ARREARS"),
            ("Invoices Direct", "Invoices"),
            ("EuroInkasso GmbH", "EuroInkasso"),
            ("InkassoAB", "InkassoAB"),
            ("EuroDebt", "EuroDebt"),
            ("Schuldenhilfe Nord", "Schuldenhilfe"),
            ("Forderungsmanagement Süd", "Forderungsmanagement"),
            ("Cabinet de Recouvrement", "Recouvrement"),
            ("SOS Impayés", "Impayés"),
            ("Gestión de Cobros", "Cobros"),
            ("Cobro del Frac", "Cobro"),
            ("el.moroso", "moroso"),
        ] {
            assert_eq!(telling_name(name), Some(word), "{name}");
        }
        for name in [
            "",
            "Harlow Joinery",
            "Bill's Garage",
            "Bill & Sons",
            "Due Torri",
            "The Collection",
            "Credit Union of Leeds",
            "Late Shop",
            "Payne & Daughters",
            "Claimont",
            "Settlers Inn",
            "Mahnke Optik",
            "Schuldt & Söhne",
            "Pays Basque Tours",
            "Argenta",
            "Mora Muebles",
            "Balance Yoga",
            "Indebt Labs",
            "Zahlenwerk",
            "Money Box Cafe",
            "Smith & Jones Solicitors",
        ] {
            assert_eq!(telling_name(name), None, "{name}");
        }
        // It is the same list: what a name may not say, no message says before it is opened.
        for pattern in NAME_WORDS {
            let stem = pattern.trim_start_matches('*');
            let listed = Language::ALL.into_iter().flat_map(telling_words).flat_map(|words| words.split('|'));
            let mut listed = listed.map(|word| word.trim_end_matches('*'));
            assert!(listed.any(|word| stem.starts_with(word) || word.starts_with(stem)), "{pattern}");
        }
        assert!(telling_name("Debt\u{0}\u{202e}").is_some());
    }
}
