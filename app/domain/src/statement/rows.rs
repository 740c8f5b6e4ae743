//! Bank statements as CSV files bring them: a row read into a line, or into problems.

use super::{Direction, Line, Statement};
use crate::invoice::Reading;
use crate::money::Currency;
use crate::table::{DateOrder, DecimalMark, Field, Mapping, Problem, Record, Refusal, shown};
use crate::table::{find_date_order, find_decimal_mark, read_amount, read_date};

/// Characters of a text that are kept.
const TEXT_CHARS_MAX: usize = 1_000;

/// The columns of a statement. `amount` is signed, or goes with `direction`; instead of it there may be `credit`.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    Field {
        name: "booked",
        required: true,
        synonyms: &[
            "bookingdate", "bookedon", "postingdate", "posteddate", "posted", "dateposted", "transactiondate", "date", "entrydate",
            "completeddate", "datecompletedutc", "buchungstag", "buchungsdatum", "buchung", "datum", "dateoperation",
            "datedopération", "datecomptable", "fecha", "fechaoperacion", "fechaoperación", "data", "dataoperazione", "datacontabile",
            "boekdatum", "valuedate", "valutadatum", "wertstellung",
        ],
    },
    Field {
        name: "amount",
        required: false,
        synonyms: &[
            "amountineur", "amountingbp", "amountinusd", "transactionamount", "betrag", "betrageur", "umsatz", "umsatzineur", "betragineur", "montant",
            "importe", "importo", "bedrag", "bedrageur", "value", "netamount",
        ],
    },
    Field {
        name: "credit",
        required: false,
        synonyms: &[
            "creditamount", "paidin", "moneyin", "deposit", "deposits", "haben", "gutschrift", "crédit", "abono", "avere", "entrate", "bij",
        ],
    },
    Field {
        name: "direction",
        required: false,
        synonyms: &["creditdebit", "creditdebitindicator", "debitcredit", "drcr", "crdr", "sollhaben", "afbij", "debetcredit", "type"],
    },
    Field {
        name: "currency",
        required: false,
        synonyms: &["currencycode", "ccy", "währung", "waehrung", "devise", "moneda", "divisa", "valuta", "muntsoort"],
    },
    Field {
        name: "payer",
        required: false,
        synonyms: &[
            "payername", "counterparty", "counterpartyname", "name", "nameofpayer", "beguenstigterzahlungspflichtiger",
            "begünstigterzahlungspflichtiger", "auftraggeberbegünstigter", "auftraggeber", "auftraggeberempfänger", "zahlungspflichtiger", "zahlungspflichtige",
            "partnername", "namezahlungsbeteiligter", "tiers", "contrepartie", "ordenante", "ordinante", "tegenpartij", "naamtegenpartij", "from", "nameof",
            "naamomschrijving",
        ],
    },
    Field {
        name: "payer_account",
        required: false,
        synonyms: &[
            "counterpartyiban", "counterpartyaccount", "payeriban", "payeraccount", "kontonummeriban", "ibanzahlungsbeteiligter", "partneriban", "gegenkonto",
            "tegenrekening", "tegenrekeningibanbban", "iban",
        ],
    },
    Field {
        name: "account",
        required: false,
        synonyms: &["ownaccount", "accountnumber", "accountiban", "auftragskonto", "ibanauftragskonto", "rekening", "compte", "cuenta", "conto"],
    },
    Field {
        name: "reference",
        required: false,
        synonyms: &[
            "paymentreference", "customerreference", "kundenreferenzendtoend", "kundenreferenz", "endtoendid", "endtoendreference", "référence", "referencia",
            "riferimento", "kenmerk", "betalingskenmerk",
        ],
    },
    Field {
        name: "words",
        required: false,
        synonyms: &[
            "description", "details", "memo", "narrative", "transactiondescription", "remittanceinformation", "remittance", "verwendungszweck", "buchungstext",
            "libellé", "libelle", "concepto", "causale", "descrizione", "omschrijving", "mededelingen", "particulars",
        ],
    },
    Field {
        name: "bank_reference",
        required: false,
        synonyms: &["transactionid", "id", "bankreference", "transactionreference", "fitid", "referenznummer", "umsatzreferenz", "volgnr", "transactienummer"],
    },
];

/// Reads rows into a statement. The first problem of each row is told, and no part of a file is taken.
///
/// # Errors
/// What is missing, or every row that cannot be read.
pub fn read_rows(mapping: &Mapping, records: &[Record], reading: Reading) -> Result<Statement, Refusal> {
    let amount_field = match (mapping.column("amount"), mapping.column("credit")) {
        (Some(_), _) => "amount",
        (None, Some(_)) => "credit",
        (None, None) => {
            return Err(Refusal::new("no column for “amount” or “credit” was found; say --map amount=Header"));
        }
    };
    if reading.currency.is_none() && mapping.column("currency").is_none() {
        return Err(Refusal::new("the amounts carry no currency; say --currency"));
    }
    let order = match reading.order {
        Some(order) => order,
        None => {
            let header = mapping.header("booked");
            let dotted = |r: &Record| {
                let parts: Vec<&str> = mapping.cell(r, "booked").split('.').collect();
                parts.len() == 3 && parts.first().is_some_and(|p| p.len() <= 2)
            };
            if records.iter().all(dotted) {
                // Points stand between day, month and year, and never in another order.
                DateOrder::Dmy
            } else {
                find_date_order(records.iter().map(|r| (r.row, header.as_str(), mapping.cell(r, "booked"))))?
            }
        }
    };
    let header = mapping.header(amount_field);
    let mark =
        find_decimal_mark(records.iter().map(|r| (r.row, header.as_str(), signed(mapping.cell(r, amount_field)).1)))?;
    let reader = Reader { mapping, amount_field, order, mark, currency: reading.currency };
    let mut read = Statement { format: "CSV", until_on: None, lines: Vec::new(), ignored: 0 };
    let mut problems = Vec::new();
    for record in records {
        match reader.line(record) {
            Ok((on, line)) => {
                read.until_on = read.until_on.max(Some(on));
                match line {
                    Some(line) => read.lines.push(line),
                    None => read.ignored += 1,
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    match problems.first() {
        None => Ok(read),
        Some(first) => {
            let place = if first.column.is_empty() { String::new() } else { format!(", {}", first.column) };
            let more =
                if problems.len() > 1 { format!(" (and {} more rows)", problems.len() - 1) } else { String::new() };
            let reason = format!("row {}{place}: {}{more}", first.row, first.reason);
            Err(Refusal { reason, examples: problems })
        }
    }
}

/// How the rows of a file are read.
struct Reader<'a> {
    mapping: &'a Mapping,
    amount_field: &'static str,
    order: DateOrder,
    mark: Option<DecimalMark>,
    currency: Option<Currency>,
}

impl Reader<'_> {
    /// A row's day, and its line where money arrived.
    fn line(&self, record: &Record) -> Result<(chrono::NaiveDate, Option<Line>), Problem> {
        let problem = |field: &str, reason: String| Problem::new(record.row, self.mapping.header(field), reason);
        let cell = |field: &str| self.mapping.cell(record, field);
        let text =
            |field: &str| cell(field).chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect::<String>();
        let on = read_date(cell("booked"), self.order).map_err(|why| problem("booked", why))?;
        let currency = match cell("currency") {
            "" => self.currency,
            code => Some(
                Currency::parse(code)
                    .ok_or_else(|| problem("currency", format!("“{}” is not a currency", shown(code))))?,
            ),
        };
        let currency = currency.ok_or_else(|| problem("currency", "is missing".to_owned()))?;
        let written = cell(self.amount_field);
        let (negative, figure) = signed(written);
        if written.is_empty() && self.amount_field == "credit" || is_zero(figure) {
            return Ok((on, None));
        }
        let amount_minor = read_amount(figure, currency, self.mark).map_err(|why| problem(self.amount_field, why))?;
        let out = match plain(cell("direction")).as_str() {
            "d" | "dr" | "debit" | "dbit" | "debet" | "soll" | "s" | "af" => true,
            "c" | "cr" | "credit" | "crdt" | "haben" | "h" | "bij" => false,
            // Other words in such a column are kinds of movements: the sign tells.
            _ => negative,
        };
        if out || negative {
            return Ok((on, None));
        }
        let line = Line {
            account: text("account"),
            bank_reference: text("bank_reference"),
            booked_on: on,
            direction: Direction::Arrived,
            amount_minor,
            currency,
            payer: text("payer"),
            payer_account: text("payer_account"),
            reference: text("reference"),
            words: text("words"),
        };
        Ok((on, Some(line)))
    }
}

fn plain(text: &str) -> String {
    crate::table::plain(text)
}

fn is_zero(figure: &str) -> bool {
    figure.contains('0') && figure.chars().all(|c| matches!(c, '0' | '.' | ',' | ' '))
}

/// Whether an amount is less than zero, and the rest of it: `-5`, `5-`, `(5)`, `5 DR`, `+5`.
fn signed(text: &str) -> (bool, &str) {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        return (true, inner.trim());
    }
    for (mark, negative) in [("-", true), ("\u{2212}", true), ("+", false)] {
        if let Some(rest) = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)) {
            return (negative, rest.trim());
        }
    }
    for (mark, negative) in [("DR", true), ("CR", false)] {
        if let Some(rest) = text.strip_suffix(mark) {
            return (negative, rest.trim());
        }
    }
    // The minus of `£-5` and `EUR -5`.
    if text.contains(['-', '\u{2212}']) { (true, text) } else { (false, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &[&str], rows: &[&[&str]]) -> Result<Statement, Refusal> {
        let owned = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        let mapping = Mapping::find(FIELDS, &owned(header), "")?;
        let records: Vec<Record> = (2u32..).zip(rows).map(|(row, cells)| Record { row, cells: owned(cells) }).collect();
        read_rows(&mapping, &records, Reading { currency: Currency::parse("EUR"), order: None })
    }

    fn amounts(read: &Statement) -> Vec<i64> {
        read.lines.iter().map(|l| l.amount_minor).collect()
    }

    #[test]
    fn what_arrived_is_read_and_what_went_out_is_not() {
        let german = read(
            &[
                "Buchungstag",
                "Beguenstigter/Zahlungspflichtiger",
                "Kontonummer/IBAN",
                "Verwendungszweck",
                "Betrag",
                "Waehrung",
            ],
            &[
                &["20.11.26", "Ada Müller", "DE89370400440532013000", "Rechnung 12", "1.234,50", "EUR"],
                &["19.11.26", "Stadtwerke", "DE02", "Strom", "-99,90", "EUR"],
                &["18.11.26", "Bea", "", "", "0,00", "EUR"],
            ],
        )
        .unwrap();
        assert_eq!((amounts(&german), german.ignored), (vec![123_450], 2));
        assert_eq!(german.until_on, crate::calendar::parse_iso("2026-11-20"));
        assert_eq!(german.lines[0].payer_account, "DE89370400440532013000");
        let british = read(
            &["Date", "Description", "Paid out", "Paid in", "Balance"],
            &[
                &["13/11/2026", "A Lovelace INV 7", "", "25.00", "1,025.00"],
                &["14/11/2026", "Rent", "500.00", "", "525.00"],
            ],
        )
        .unwrap();
        assert_eq!((amounts(&british), british.ignored), (vec![2_500], 1));
        let dutch = read(
            &["Datum", "Naam / Omschrijving", "Af Bij", "Bedrag (EUR)"],
            &[&["20261120", "J. de Vries", "Bij", "12,50"], &["20261120", "Huur", "Af", "900,00"]],
        )
        .unwrap();
        assert_eq!((amounts(&dutch), dutch.ignored), (vec![1_250], 1));
        for (written, out) in
            [("(5.00)", true), ("5.00-", true), ("5.00 DR", true), ("+5.00", false), ("5.00 CR", false)]
        {
            let one = read(&["Date", "Amount"], &[&["2026-11-20", written]]).unwrap();
            assert_eq!(one.lines.is_empty(), out, "{written}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row_and_column() {
        let refused = |header: &[&str], row: &[&str]| read(header, &[row]).unwrap_err().reason;
        assert!(refused(&["Date", "Text"], &["2026-11-20", "x"]).contains("amount"));
        assert!(refused(&["Amount", "Text"], &["1", "x"]).contains("booked"));
        assert_eq!(
            refused(&["Date", "Amount"], &["2026-11-40", "1"]),
            "row 2, Date: “2026-11-40” is not a day of the calendar, read as year-month-day"
        );
        assert_eq!(
            refused(&["Date", "Amount"], &["2026-11-20", "ten"]),
            "row 2, Amount: “ten” is not an amount in EUR"
        );
        assert_eq!(
            refused(&["Date", "Amount", "Ccy"], &["2026-11-20", "1", "XXY"]),
            "row 2, Ccy: “XXY” is not a currency"
        );
        assert!(refused(&["Date", "Amount"], &["05/06/2026", "1"]).contains("--date-format"));
    }
}
