//! Invoices as files bring them: a row read into a debt, or into problems.

use crate::debtor::{NAME_CHARS_MAX, REFERENCE_CHARS_MAX};
use crate::money::Currency;
use crate::party::Party;
use crate::table::{DateOrder, DecimalMark, Field, Mapping, Problem, Record, Refusal, shown};
use crate::table::{find_date_order, find_decimal_mark, read_amount, read_date, read_email, read_flag, read_text};
use chrono::NaiveDate;
use std::collections::HashMap;

/// The columns of a file of invoices.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    Field {
        name: "number",
        required: true,
        synonyms: &[
            "invoicenumber", "invoiceno", "invoiceid", "invoiceref", "invoicereference", "invoice", "docnumber",
            "documentnumber", "transactionnumber", "num", "no", "rechnungsnummer", "rechnungsnr", "rechnungnr",
            "rechnung", "belegnummer", "belegnr", "numerofacture", "numérofacture", "nfacture", "facture",
            "numerofactura", "númerofactura", "factura", "numerofattura", "fattura", "factuurnummer",
        ],
    },
    Field {
        name: "debtor",
        required: true,
        synonyms: &[
            "customerid", "customerno", "customernumber", "customerref", "customerreference", "customercode",
            "debtorid", "debtorno", "debtornumber", "debtorreference", "accountnumber", "accountref",
            "accountreference", "accountno", "clientid", "clientnumber", "clientcode", "contactid", "contactnumber",
            "kundennummer", "kundennr", "debitorennummer", "debitorennr", "debitor", "numeroclient", "numéroclient",
            "codeclient", "codigocliente", "códigocliente", "codicecliente", "klantnummer", "customer", "customername",
            "contactname", "clientname", "client", "kunde", "kundenname", "cliente", "klant",
        ],
    },
    Field {
        name: "issued",
        required: true,
        synonyms: &[
            "invoicedate", "issuedon", "issuedate", "dateissued", "documentdate", "docdate", "date", "txndate",
            "transactiondate", "rechnungsdatum", "belegdatum", "datum", "datefacture", "datedefacture", "dateemission",
            "fecha", "fechafactura", "fechaemision", "fechaemisión", "datafattura", "data", "factuurdatum",
        ],
    },
    Field {
        name: "due",
        required: true,
        synonyms: &[
            "duedate", "dueon", "datedue", "paymentdue", "paymentduedate", "fälligam", "fällig", "fälligkeit",
            "fälligkeitsdatum", "faelligam", "faelligkeit", "faelligkeitsdatum", "zahlungsziel", "echeance", "échéance",
            "dateecheance", "datedéchéance", "dateéchéance", "vencimiento", "fechavencimiento", "scadenza",
            "datascadenza", "vervaldatum",
        ],
    },
    Field {
        name: "amount",
        required: true,
        synonyms: &[
            "invoiceamount", "totalamount", "amounttotal", "invoicetotal", "total", "grossamount", "gross", "amountgross",
            "bruttobetrag", "brutto", "summebrutto", "rechnungsbetrag", "betrag", "gesamtbetrag", "summe", "montant",
            "montantttc", "totalttc", "ttc", "importe", "importetotal", "importo", "totale", "bedrag", "totaal",
            "amountdue", "openbalance", "balancedue", "balance", "outstanding",
        ],
    },
    Field {
        name: "currency",
        required: false,
        synonyms: &["currencycode", "invoicecurrency", "ccy", "währung", "waehrung", "devise", "moneda", "divisa", "valuta"],
    },
    Field {
        name: "description",
        required: false,
        synonyms: &[
            "memo", "subject", "details", "memodescription", "beschreibung", "betreff", "verwendungszweck", "descripcion",
            "descripción", "descrizione", "omschrijving", "libellé", "libelle",
        ],
    },
    Field {
        name: "disputed",
        required: false,
        synonyms: &["dispute", "isdisputed", "indispute", "strittig", "bestritten", "litige", "endisputa"],
    },
    Field {
        name: "settled",
        required: false,
        synonyms: &[
            "settleddate", "settledon", "settlementdate", "paiddate", "paidon", "datepaid", "paymentdate",
            "fullypaidon", "fullypaidondate", "bezahltam", "zahlungsdatum", "datepaiement", "datedepaiement",
            "fechapago", "datapagamento", "betaaldatum",
        ],
    },
    Field {
        name: "name",
        required: false,
        synonyms: &[
            "customername", "debtorname", "contactname", "clientname", "customerfullname", "companyname", "kundenname",
            "nomclient", "nombrecliente", "nomecliente", "klantnaam", "customer", "client", "contact", "kunde", "cliente",
            "klant",
        ],
    },
    Field {
        name: "email",
        required: false,
        synonyms: &["emailaddress", "customeremail", "debtoremail", "contactemail", "clientemail", "mail", "courriel"],
    },
];

/// An invoice as a file says it is. Unknown texts are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Where it stands.
    pub row: u32,
    /// The business's number for it.
    pub number: String,
    /// The business's reference of who owes it.
    pub debtor: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// What it asks for, in minor units, more than zero.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// What it is for.
    pub description: String,
    /// Whether the business knows that something is wrong with it.
    pub disputed: bool,
    /// The day on which the whole of it was paid.
    pub settled_on: Option<NaiveDate>,
    /// The debtor's name.
    pub name: String,
    /// The debtor's e-mail address.
    pub email: String,
    /// What only an e-invoice says.
    pub more: Option<More>,
}

/// What an e-invoice says of an invoice beyond a row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// Whom it bills.
    pub buyer: Party,
    /// Minor units that were paid before it was issued (BT-113).
    pub prepaid_minor: i64,
    /// It names no due date (BT-9): the one of the row follows from the business's usual terms.
    pub due_is_usual: bool,
    /// The numbers of the invoices that it corrects: it asks for their money once more.
    pub corrects: Vec<String>,
}

impl InvoiceRow {
    /// Whether it was issued after that day.
    pub fn is_later(&self, as_of: NaiveDate) -> bool {
        self.issued_on > as_of
    }

    /// The day on which it was settled, where that was by then.
    pub fn settled_by(&self, as_of: NaiveDate) -> Option<NaiveDate> {
        self.settled_on.filter(|on| *on <= as_of)
    }

    /// Whether both say the same, wherever they stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        Self { row: other.row, ..self.clone() } == *other
    }
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// The currency of rows that name none.
    pub currency: Option<Currency>,
    /// The stated order of dates; found in the file where it is not stated.
    pub order: Option<DateOrder>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoices {
    /// Rows that can be used, in the file's order; no number stands twice.
    pub rows: Vec<InvoiceRow>,
    /// Everything that is wrong, in the file's order.
    pub problems: Vec<Problem>,
    /// Rows that repeat an earlier one in every respect.
    pub repeated: u32,
    /// The order of dates that was used.
    pub order: DateOrder,
}

/// Reads every row. A file whose dates or amounts can be read in more than one way is refused as a whole.
pub fn read_rows(mapping: &Mapping, records: &[Record], reading: Reading) -> Result<Invoices, Refusal> {
    if reading.currency.is_none() && mapping.column("currency").is_none() {
        return Err(Refusal::new("the amounts carry no currency; say --currency"));
    }
    let order = match reading.order {
        Some(order) => order,
        None => {
            let headers = DATES.map(|field| (field, mapping.header(field)));
            let cells = records.iter().flat_map(|record| {
                headers.iter().map(|(field, header)| (record.row, header.as_str(), mapping.cell(record, field)))
            });
            find_date_order(cells)?
        }
    };
    let header = mapping.header("amount");
    let amounts = records.iter().map(|r| (r.row, header.as_str(), mapping.cell(r, "amount")));
    let mark = find_decimal_mark(amounts)?;
    let mut found = Invoices { rows: Vec::with_capacity(records.len()), problems: Vec::new(), repeated: 0, order };
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(records.len());
    for record in records {
        let mut reader = Reader { mapping, record, order, mark, currency: reading.currency, problems: Vec::new() };
        let row = reader.row();
        found.problems.append(&mut reader.problems);
        let Some(row) = row else { continue };
        match seen.get(&row.number).and_then(|at| found.rows.get(*at)) {
            None => {
                seen.insert(row.number.clone(), found.rows.len());
                found.rows.push(row);
            }
            Some(first) if first.says_the_same(&row) => found.repeated += 1,
            Some(first) => {
                let reason =
                    format!("“{}” stands in row {} already, with other content", shown(&row.number), first.row);
                found.problems.push(Problem::new(row.row, mapping.header("number"), reason));
            }
        }
    }
    Ok(found)
}

const DATES: [&str; 3] = ["issued", "due", "settled"];

/// One row on its way in.
struct Reader<'a> {
    mapping: &'a Mapping,
    record: &'a Record,
    order: DateOrder,
    mark: Option<DecimalMark>,
    currency: Option<Currency>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The row; `None` where anything is wrong with it, and then all of that is in `problems`.
    fn row(&mut self) -> Option<InvoiceRow> {
        if let Some(problem) = self.mapping.check_length(self.record) {
            self.problems.push(problem);
            return None;
        }
        let required = |t: &str, chars_max| match t {
            "" => Err("is missing".to_owned()),
            t => read_text(t, chars_max),
        };
        let number = self.take("number", |t| required(t, REFERENCE_CHARS_MAX));
        let debtor = self.take("debtor", |t| required(t, REFERENCE_CHARS_MAX));
        let order = self.order;
        let date = |t: &str| if t.is_empty() { Err("is missing".to_owned()) } else { read_date(t, order) };
        let issued_on = self.take("issued", date);
        let due_on = self.take("due", date);
        let stated = self.currency;
        let currency = self.take("currency", |t| match (t, stated) {
            ("", Some(currency)) => Ok(currency),
            ("", None) => Err("is missing; say --currency for rows that name none".to_owned()),
            (t, _) => Currency::parse(t).ok_or_else(|| format!("“{}” is not an ISO 4217 currency", shown(t))),
        });
        let mark = self.mark;
        let amount_minor = currency.and_then(|currency| self.take("amount", |t| read_amount(t, currency, mark)));
        let description = self.take("description", |t| read_text(&t.replace(['\r', '\n'], " "), 500));
        let disputed = self.take("disputed", read_flag);
        let settled_on = self.take("settled", |t| if t.is_empty() { Ok(None) } else { read_date(t, order).map(Some) });
        let name = self.take("name", |t| read_text(t, NAME_CHARS_MAX));
        let email = self.take("email", read_email);
        if let (Some(issued_on), Some(due_on)) = (issued_on, due_on)
            && due_on < issued_on
        {
            let reason = format!("{} is before the invoice was issued", crate::calendar::show(due_on));
            self.problems.push(Problem::new(self.record.row, self.mapping.header("due"), reason));
        }
        if !self.problems.is_empty() {
            return None;
        }
        Some(InvoiceRow {
            row: self.record.row,
            number: number?,
            debtor: debtor?,
            issued_on: issued_on?,
            due_on: due_on?,
            amount_minor: amount_minor?,
            currency: currency?,
            description: description?,
            disputed: disputed?,
            settled_on: settled_on?,
            name: name?,
            email: email?,
            more: None,
        })
    }

    fn take<T>(&mut self, field: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        read(self.mapping.cell(self.record, field))
            .map_err(|reason| {
                let column = self.mapping.header(field);
                self.problems.push(Problem::new(self.record.row, column, reason));
            })
            .ok()
    }
}

/// What is known of an invoice that a file names again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The reference of who owes it.
    pub debtor: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// Minor units left to pay.
    pub left_minor: i64,
    /// Minor units of it in an open dispute.
    pub disputed_minor: i64,
    /// An import has booked its payment before, whatever became of that.
    pub settled_by_import: bool,
    /// An import has raised a dispute on it before, whatever became of that.
    pub disputed_by_import: bool,
}

/// What a row changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The invoice is new.
    pub raise: bool,
    /// A payment of so many minor units on that day.
    pub settle: Option<(NaiveDate, i64)>,
    /// Minor units that had been paid when it was issued.
    pub prepaid_minor: i64,
    /// A dispute over so many minor units.
    pub dispute_minor: Option<i64>,
}

impl Change {
    /// Whether everything is there already.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What a row changes as of a day; or the field in which it contradicts what is known, and how. An invoice that was
/// imported before is never altered: a correction is a credit note and another invoice.
pub fn judge(row: &InvoiceRow, known: Option<&Known>, as_of: NaiveDate) -> Result<Change, (&'static str, String)> {
    let settled_on = row.settled_by(as_of);
    let flagged = row.disputed && settled_on.is_none();
    let Some(known) = known else {
        let settle = settled_on.map(|on| (on, row.amount_minor));
        let prepaid_minor = row.more.as_ref().map_or(0, |more| more.prepaid_minor);
        return Ok(Change { raise: true, settle, prepaid_minor, dispute_minor: flagged.then_some(row.amount_minor) });
    };
    let money = |minor, currency| crate::money::Money::new(minor, currency).show();
    let before = |field, was: String, is: String| Err((field, format!("was imported before with {was}, not {is}")));
    if known.debtor != row.debtor {
        return before("debtor", format!("“{}”", shown(&known.debtor)), format!("“{}”", shown(&row.debtor)));
    }
    if (known.amount_minor, known.currency) != (row.amount_minor, row.currency) {
        let field = if known.currency == row.currency { "amount" } else { "currency" };
        return before(field, money(known.amount_minor, known.currency), money(row.amount_minor, row.currency));
    }
    let due_is_usual = row.more.as_ref().is_some_and(|more| more.due_is_usual);
    for (field, was, is) in [("issued", known.issued_on, row.issued_on), ("due", known.due_on, row.due_on)] {
        // Usual terms may have changed meanwhile; the invoice has not.
        if was != is && !(field == "due" && due_is_usual) {
            return before(field, crate::calendar::show(was), crate::calendar::show(is));
        }
    }
    let payable = known.left_minor > 0 && !known.settled_by_import;
    let free_minor = known.left_minor - known.disputed_minor;
    Ok(Change {
        raise: false,
        settle: settled_on.filter(|_| payable).map(|on| (on, known.left_minor)),
        // Where the invoice was here before, so was its payment, by whatever way it came.
        prepaid_minor: 0,
        dispute_minor: (flagged && free_minor > 0 && !known.disputed_by_import).then_some(free_minor),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(header: &[&str], corrections: &str) -> Result<Mapping, Refusal> {
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        Mapping::find(FIELDS, &header, corrections)
    }

    const HEADER: [&str; 7] =
        ["customerID", "invoiceNumber", "InvoiceDate", "DueDate", "InvoiceAmount", "Disputed", "SettledDate"];

    fn read(rows: &[&[&str]]) -> Result<Invoices, Refusal> {
        let records: Vec<Record> = (2u32..)
            .zip(rows)
            .map(|(row, cells)| Record { row, cells: cells.iter().map(|c| (*c).to_owned()).collect() })
            .collect();
        let reading = Reading { currency: Currency::parse("USD"), order: None };
        read_rows(&map(&HEADER, "").unwrap(), &records, reading)
    }

    #[test]
    fn the_columns_of_common_exporters_are_found() {
        let table: &[(&str, &[&str], [&str; 5])] = &[
            ("IBM sample", &HEADER, ["invoiceNumber", "customerID", "InvoiceDate", "DueDate", "InvoiceAmount"]),
            (
                "Xero",
                &["*ContactName", "EmailAddress", "*InvoiceNumber", "Reference", "*InvoiceDate", "*DueDate", "Total"],
                ["*InvoiceNumber", "*ContactName", "*InvoiceDate", "*DueDate", "Total"],
            ),
            (
                "QuickBooks",
                &["Date", "Transaction Type", "Num", "Customer", "Due Date", "Amount", "Open Balance"],
                ["Num", "Customer", "Date", "Due Date", "Amount"],
            ),
            (
                "Sage",
                &["Account Ref", "Invoice No", "Invoice Date", "Due Date", "Gross Amount"],
                ["Invoice No", "Account Ref", "Invoice Date", "Due Date", "Gross Amount"],
            ),
            (
                "sevDesk",
                &["Rechnungsnummer", "Rechnungsdatum", "Fällig am", "Kundennummer", "Kunde", "Summe Brutto"],
                ["Rechnungsnummer", "Kundennummer", "Rechnungsdatum", "Fällig am", "Summe Brutto"],
            ),
            (
                "French",
                &["N° facture", "Code client", "Date facture", "Échéance", "Montant TTC"],
                ["N° facture", "Code client", "Date facture", "Échéance", "Montant TTC"],
            ),
        ];
        for (who, header, expected) in table {
            let mapping = map(header, "").unwrap_or_else(|e| panic!("{who}: {}", e.reason));
            let found = ["number", "debtor", "issued", "due", "amount"].map(|f| mapping.header(f));
            assert_eq!(found, expected.map(str::to_owned), "{who}");
            let name = mapping.column("name").map(|_| mapping.header("name"));
            let expected = match *who {
                "Xero" => Some("*ContactName"),
                "sevDesk" => Some("Kunde"),
                _ => None,
            };
            assert_eq!(name.as_deref(), expected, "{who}: a reference is a name only where its header says so");
        }
    }

    #[test]
    fn a_mapping_can_be_corrected_and_mistakes_name_the_choices() {
        let header = ["A", "B", "C", "D", "E"];
        let missing = map(&header, "").unwrap_err().reason;
        assert!(missing.contains("“number”") && missing.contains("A, B, C, D, E"), "{missing}");
        let mapping = map(&header, "number=A, debtor=b,issued=C,due=D,amount=E").unwrap();
        assert_eq!(mapping.pairs().len(), 5);
        assert_eq!(mapping.header("debtor"), "B");
        let unknown = map(&header, "nummer=A").unwrap_err().reason;
        assert!(unknown.contains("“nummer”") && unknown.contains("number, debtor, issued"), "{unknown}");
        let unknown = map(&header, "number=Z").unwrap_err().reason;
        assert!(unknown.contains("“Z”") && unknown.contains("A, B, C, D, E"), "{unknown}");
        assert!(map(&header, "number").is_err());
        let twice = map(&["Number", "number", "debtor", "issued", "due", "amount"], "").unwrap_err().reason;
        assert!(twice.contains("more than one column"), "{twice}");
        assert_eq!(map(&HEADER, "settled=").unwrap().column("settled"), None, "a guess can be taken back");
    }

    #[test]
    fn every_problem_is_reported_with_its_place() {
        let found = read(&[
            &["C1", "1", "13/01/2012", "13/02/2012", "50.39", "No", "14/02/2012"],
            &["", "2", "31/02/2012", "13/02/2012", "-5", "perhaps", ""],
            &["C1", "3", "13/01/2012", "12/01/2012", "0", "No", ""],
            &["C1", "1", "13/01/2012", "13/02/2012", "50.39", "No", "14/02/2012"],
            &["C1", "1", "13/01/2012", "13/02/2012", "50.40", "No", "14/02/2012"],
            &["C1", "4", "13/01/2012"],
            &["C1", "5", "13/01/2012", "13/02/2012", "5", "", "", "and more"],
            &["C1", "6", "13/01/2012", "13/02/2012", "5", "x", "", ""],
        ])
        .unwrap();
        let numbers: Vec<&str> = found.rows.iter().map(|r| r.number.as_str()).collect();
        assert_eq!(numbers, ["1", "6"]);
        assert!(found.rows[1].disputed);
        assert_eq!((found.repeated, found.order), (1, DateOrder::Dmy));
        let places: Vec<(u32, &str)> = found.problems.iter().map(|p| (p.row, p.column.as_str())).collect();
        assert_eq!(
            places,
            [
                (3, "customerID"),
                (3, "InvoiceDate"),
                (3, "InvoiceAmount"),
                (3, "Disputed"),
                (4, "InvoiceAmount"),
                (4, "DueDate"),
                (6, "invoiceNumber"),
                (7, ""),
                (8, ""),
            ]
        );
    }

    #[test]
    fn an_ambiguous_file_is_refused() {
        let refused = read(&[
            &["C1", "1", "03/01/2012", "02/02/2012", "5", "", ""],
            &["C1", "2", "04/01/2012", "03/02/2012", "5", "", ""],
        ])
        .unwrap_err();
        assert_eq!(refused.examples.iter().map(|p| p.row).collect::<Vec<_>>(), [2, 3]);
        let refused = read(&[
            &["C1", "1", "13/01/2012", "14/02/2012", "5.20", "", ""],
            &["C1", "2", "13/01/2012", "14/02/2012", "5,20", "", ""],
        ])
        .unwrap_err();
        assert!(refused.reason.contains("decimal"), "{}", refused.reason);
    }

    #[test]
    fn a_row_changes_only_what_is_new() {
        let day = |text: &str| crate::calendar::parse_iso(text).unwrap();
        let usd = Currency::parse("USD").unwrap();
        let row =
            read(&[&["C1", "1", "13/01/2012", "13/02/2012", "50.00", "Yes", "14/02/2012"]]).unwrap().rows.remove(0);
        let known = Known {
            debtor: "C1".into(),
            issued_on: day("2012-01-13"),
            due_on: day("2012-02-13"),
            amount_minor: 5_000,
            currency: usd,
            left_minor: 5_000,
            disputed_minor: 0,
            settled_by_import: false,
            disputed_by_import: false,
        };
        let (before, after) = (day("2012-02-13"), day("2012-02-14"));
        let settle = |minor| Some((day("2012-02-14"), minor));
        let change = |raise, settle, dispute_minor| Ok(Change { raise, settle, dispute_minor, prepaid_minor: 0 });
        assert_eq!(judge(&row, None, before), change(true, None, Some(5_000)));
        assert_eq!(judge(&row, None, after), change(true, settle(5_000), None));
        assert_eq!(judge(&row, Some(&known), before), change(false, None, Some(5_000)));
        assert_eq!(judge(&row, Some(&known), after), change(false, settle(5_000), None));
        let part_paid = Known { left_minor: 3_000, disputed_minor: 1_000, ..known.clone() };
        assert_eq!(judge(&row, Some(&part_paid), before), change(false, None, Some(2_000)));
        assert_eq!(judge(&row, Some(&part_paid), after), change(false, settle(3_000), None));
        let more = More { prepaid_minor: 1_000, due_is_usual: true, ..More::default() };
        let billed = InvoiceRow { more: Some(more), disputed: false, settled_on: None, ..row.clone() };
        let raised = Change { raise: true, prepaid_minor: 1_000, ..Change::default() };
        assert_eq!(judge(&billed, None, before), Ok(raised));
        let other_terms = Known { due_on: day("2012-02-01"), ..known.clone() };
        assert_eq!(judge(&billed, Some(&other_terms), before), Ok(Change::default()), "nothing twice");
        let seen = Known { settled_by_import: true, disputed_by_import: true, ..known.clone() };
        assert!(judge(&row, Some(&seen), before).unwrap().is_nothing(), "a resolved dispute does not rise again");
        assert!(judge(&row, Some(&seen), after).unwrap().is_nothing(), "a refunded payment does not come again");
        for (field, other) in [
            ("debtor", Known { debtor: "C2".into(), ..known.clone() }),
            ("amount", Known { amount_minor: 5_001, ..known.clone() }),
            ("currency", Known { currency: Currency::parse("EUR").unwrap(), ..known.clone() }),
            ("issued", Known { issued_on: day("2012-01-12"), ..known.clone() }),
            ("due", Known { due_on: day("2012-02-12"), ..known.clone() }),
        ] {
            let (found, reason) = judge(&row, Some(&other), after).unwrap_err();
            assert_eq!(found, field);
            assert!(reason.starts_with("was imported before with "), "{reason}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_row_makes_the_reader_panic(
            rows in proptest::collection::vec(proptest::collection::vec(".{0,12}|[0-9/.,-]{0,12}", 0..9), 0..5)
        ) {
            let rows: Vec<Vec<&str>> = rows.iter().map(|r| r.iter().map(String::as_str).collect()).collect();
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            let _ = read(&rows);
        }

        #[test]
        fn no_header_makes_the_guess_panic(header in proptest::collection::vec(".{0,12}", 0..9), map_text in ".{0,30}") {
            let _ = Mapping::find(FIELDS, &header, &map_text);
        }
    }
}
