//! The few words that belong to a letter's form, in each language, and the names of countries for the post.

/// The languages of a letter's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, and whatever has no words of its own.
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
}

/// The words of a form.
pub(crate) struct Words {
    /// Before the sender's name in the file's title, which tells nothing about the matter.
    pub(crate) title: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) email: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) date: &'static str,
    pub(crate) number: &'static str,
    pub(crate) due: &'static str,
    pub(crate) left: &'static str,
    /// The title of a statement of account.
    pub(crate) statement: &'static str,
    pub(crate) period: &'static str,
    pub(crate) what: &'static str,
    pub(crate) amount: &'static str,
    /// Above what was owed after each movement.
    pub(crate) balance: &'static str,
    /// Before what is owed at the end.
    pub(crate) owed: &'static str,
    pub(crate) page: &'static str,
    pub(crate) of: &'static str,
    /// What a reading program says for the QR code.
    pub(crate) qr: &'static str,
    /// Above how to pay by bank transfer.
    pub(crate) transfer: &'static str,
    pub(crate) holder: &'static str,
    /// Before details of an account that are no IBAN.
    pub(crate) account: &'static str,
    /// Before what to name with a transfer.
    pub(crate) purpose: &'static str,
    /// Beside the QR code that a banking app reads.
    pub(crate) code: &'static str,
    /// What a reading program says for that code.
    pub(crate) code_alt: &'static str,
}

impl Language {
    /// The language for an ISO 639 code.
    pub fn of(code: &str) -> Self {
        match code {
            "de" => Self::German,
            "fr" => Self::French,
            "es" => Self::Spanish,
            _ => Self::English,
        }
    }

    /// The ISO 639 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &Words {
                title: "Letter from",
                phone: "Telephone",
                email: "E-mail",
                reference: "Reference",
                date: "Date",
                number: "Invoice",
                due: "Due on",
                left: "Left to pay",
                statement: "Statement of account",
                period: "Period",
                what: "What",
                amount: "Amount",
                balance: "Balance",
                owed: "Left to pay",
                page: "Page",
                of: "of",
                qr: "QR code of the address that is printed beside it",
                transfer: "To pay by bank transfer",
                holder: "Account holder",
                account: "Account",
                purpose: "Reference",
                code: "A banking app can read this code and fill in the transfer.",
                code_alt: "QR code of this bank transfer",
            },
            Self::German => &Words {
                title: "Brief von",
                phone: "Telefon",
                email: "E-Mail",
                reference: "Zeichen",
                date: "Datum",
                number: "Rechnung",
                due: "Fällig am",
                left: "Noch offen",
                statement: "Kontoauszug",
                period: "Zeitraum",
                what: "Vorgang",
                amount: "Betrag",
                balance: "Saldo",
                owed: "Noch offen",
                page: "Seite",
                of: "von",
                qr: "QR-Code der Adresse, die daneben steht",
                transfer: "So zahlen Sie per Überweisung",
                holder: "Kontoinhaber",
                account: "Konto",
                purpose: "Verwendungszweck",
                code: "Eine Banking-App kann diesen Code lesen und die Überweisung ausfüllen.",
                code_alt: "QR-Code dieser Überweisung",
            },
            Self::French => &Words {
                title: "Lettre de",
                phone: "Téléphone",
                email: "E-mail",
                reference: "Référence",
                date: "Date",
                number: "Facture",
                due: "Échéance",
                left: "Reste à payer",
                statement: "Relevé de compte",
                period: "Période",
                what: "Opération",
                amount: "Montant",
                balance: "Solde",
                owed: "Reste à payer",
                page: "Page",
                of: "sur",
                qr: "Code QR de l’adresse imprimée à côté",
                transfer: "Pour payer par virement",
                holder: "Titulaire",
                account: "Compte",
                purpose: "Référence",
                code: "Une application bancaire peut lire ce code et remplir le virement.",
                code_alt: "Code QR de ce virement",
            },
            Self::Spanish => &Words {
                title: "Carta de",
                phone: "Teléfono",
                email: "Correo",
                reference: "Referencia",
                date: "Fecha",
                number: "Factura",
                due: "Vencimiento",
                left: "Pendiente",
                statement: "Estado de cuenta",
                period: "Periodo",
                what: "Concepto",
                amount: "Importe",
                balance: "Saldo",
                owed: "Pendiente",
                page: "Página",
                of: "de",
                qr: "Código QR de la dirección impresa al lado",
                transfer: "Para pagar por transferencia",
                holder: "Titular",
                account: "Cuenta",
                purpose: "Concepto",
                code: "Una aplicación bancaria puede leer este código y rellenar la transferencia.",
                code_alt: "Código QR de esta transferencia",
            },
        }
    }
}

/// The English name of a country by its ISO 3166 code (Unicode CLDR 47), in capitals as the Universal Postal Union wants
/// it in the last line of an address abroad.
pub fn country_name(code: &str) -> Option<String> {
    let mut names = include_str!("countries.txt").lines().filter_map(|line| line.split_once(' '));
    names.find(|(known, _)| *known == code).map(|(_, name)| name.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_its_name() {
        assert_eq!(country_name("GB").as_deref(), Some("UNITED KINGDOM"));
        assert_eq!(country_name("TR").as_deref(), Some("TÜRKIYE"));
        assert_eq!(country_name("XX"), None);
        assert_eq!(country_name(""), None);
    }
}
