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
