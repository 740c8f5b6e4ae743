//! `kept import invoices FILE.xml…`: e-invoices of every syntax, through the command line and into the database.

use kept_tests::{Kept, Visitor, both, on_both};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::path::Path;

const NAMES: [&str; 5] =
    ["ubl-invoice.xml", "ubl-credit-note.xml", "peppol-invoice.xml", "cii-invoice.xml", "cii-credit-note.xml"];

/// The path of a sample.
fn own(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/data/einvoices").join(name).display().to_string()
}

fn sample(name: &str) -> String {
    std::fs::read_to_string(own(name)).unwrap()
}

/// Writes a file for one test.
fn file(kept: &Kept, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = kept.data().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// `kept import invoices` of some files as of 30 September 2026: whether it succeeded, and the report.
fn import<P: AsRef<str>>(kept: &Kept, files: &[P], options: &[&str]) -> (bool, Value) {
    let files: Vec<&str> = files.iter().map(AsRef::as_ref).collect();
    let output = kept.run(&[&["import", "invoices", "--json", "--as-of", "2026-09-30"], &files[..], options].concat());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{files:?}: {e}\n{out}{err}"));
    (output.status.success(), report)
}

/// What is left on each invoice and on account, as text.
async fn left(kept: &Kept) -> Vec<String> {
    let sql = "SELECT COALESCE(i.number, 'on account of ' || d.name) || ' ' || e.currency || ' ' || CAST(SUM(e.amount_minor) AS TEXT)
               FROM entries e JOIN debtors d ON d.id = e.debtor_id LEFT JOIN invoices i ON i.id = e.invoice_id
               WHERE e.account IN ('receivable', 'on_account')
               GROUP BY i.number, d.name, e.currency HAVING SUM(e.amount_minor) <> 0 ORDER BY 1";
    kept.ask(sql).await
}

fn rules(report: &Value, list: &str) -> Vec<(String, String)> {
    let text = |p: &Value, key: &str| p[key].as_str().unwrap_or_default().to_owned();
    report[list].as_array().unwrap().iter().map(|p| (text(p, "file"), text(p, "rule"))).collect()
}

on_both!(every_syntax_comes_in_and_twice_changes_nothing, async |kept| {
    let files = NAMES.map(own);
    let (done, dry) = import(kept, &files, &["--dry-run"]);
    assert!(done, "{dry}");
    assert_eq!(kept.ask("SELECT business_id FROM businesses").await, Vec::<String>::new());

    let (done, report) = import(kept, &files, &[]);
    assert!(done, "{report}");
    let keys = ["rows", "imported", "unchanged", "open", "open_minor", "paid", "credit_notes", "refused"];
    assert_eq!(Value::from(keys.map(|k| report[k].clone()).to_vec()), json!([5, 5, 0, 3, 115_620, 0, 2, false]));
    assert_eq!(report["problems"], json!([]));
    assert_eq!(report["totals"][0]["credited_minor"], 72_570);
    assert_eq!(report["mapping"]["amount"], "BT-112");
    let warned: Vec<&str> = report["warnings"].as_array().unwrap().iter().filter_map(|w| w["file"].as_str()).collect();
    assert_eq!(warned, ["cii-invoice.xml"], "it names no due date: {report}");

    // Of 664.20 there were 100.00 paid before; its credit note is for the whole, so that these are the customer's.
    assert_eq!(left(kept).await, ["HJ-2001 EUR 18450", "HJ-2002 EUR 24600", "on account of Maison Lavande EUR -10000"]);
    let debtors =
        "SELECT reference || '|' || name || '|' || email || '|' || postcode || '|' || country || '|' || language
                   || '|' || zone || '|' || kind FROM debtors ORDER BY name";
    let expected = [
        "C-17|Buchhandlung Sommer GmbH|rechnung@sommer.example|53113|DE|de|Europe/Berlin|company",
        "987654325|Fjord Kaffe AS||0155|NO|en|Europe/Oslo|company",
        "EM:COMPTALAVANDEEXAMPLE|Maison Lavande|compta@lavande.example|84000|FR|fr|Europe/Paris|person",
    ];
    assert_eq!(kept.ask(debtors).await, expected);
    let dates = "SELECT number || ' ' || issued_on || ' ' || due_on FROM invoices ORDER BY number";
    assert_eq!(
        kept.ask(dates).await,
        ["HJ-2001 2026-09-01 2026-10-01", "HJ-2002 2026-09-01 2026-10-01", "HJ-2003 2026-09-01 2026-10-01"]
    );
    let notes = "SELECT n.number || ' ' || i.number || ' ' || CAST(t.amount_minor AS TEXT) FROM credit_notes n
                 JOIN credit_note_items t ON t.credit_note_id = n.id JOIN invoices i ON i.id = t.invoice_id ORDER BY 1";
    assert_eq!(kept.ask(notes).await, ["HJ-C1 HJ-2001 6150", "HJ-C2 HJ-2003 66420"]);
    let told = "SELECT detail FROM events WHERE kind = 'credit_note_imported' ORDER BY id";
    assert_eq!(
        kept.ask(told).await,
        [
            "Credit note HJ-C1 of €61.50 on invoice HJ-2001",
            "Credit note HJ-C2 of €664.20 on invoice HJ-2003; €100.00 of it is on account",
        ]
    );
    assert_eq!(kept.ask("SELECT currency FROM businesses").await, ["EUR"], "that of its first invoice");
    let known = kept.ask("SELECT source FROM payments_known").await;
    assert_eq!(known, Vec::<String>::new(), "an e-invoice does not tell that nothing was paid since");

    let before = kept.dump().await;
    let (done, again) = import(kept, &files, &[]);
    assert!(done, "{again}");
    assert_eq!((&again["imported"], &again["unchanged"]), (&json!(0), &json!(5)));
    assert_eq!(kept.dump().await, before, "importing twice changes nothing");
    kept.run_ok(&["doctor"]);
});

on_both!(what_breaks_a_rule_is_refused_by_its_name_and_with_all_the_others, async |kept| {
    let broken = [
        ("BR-CO-15", "ubl-invoice.xml", "246.00</cbc:TaxInclusiveAmount>", "246.01</cbc:TaxInclusiveAmount>"),
        ("BR-CO-10", "cii-invoice.xml", "<ram:LineTotalAmount>540.00", "<ram:LineTotalAmount>541.00"),
        ("BR-CO-16", "ubl-invoice.xml", "246.00</cbc:PayableAmount>", "240.00</cbc:PayableAmount>"),
        ("PEPPOL-EN16931-R003", "peppol-invoice.xml", "<cbc:BuyerReference>PO 44</cbc:BuyerReference>", ""),
        ("BR-CL-04", "ubl-credit-note.xml", "CurrencyCode>EUR<", "CurrencyCode>EUX<"),
        ("BR-DEC-14", "ubl-invoice.xml", "246.00</cbc:TaxInclusiveAmount>", "246.000</cbc:TaxInclusiveAmount>"),
        ("BR-12", "cii-credit-note.xml", "<ram:LineTotalAmount>540.00</ram:LineTotalAmount>", ""),
        ("BR-11", "peppol-invoice.xml", "<cbc:IdentificationCode>NO</cbc:IdentificationCode>", ""),
    ];
    let mut files = vec![own("ubl-invoice.xml")];
    for (rule, base, from, to) in broken {
        let text = sample(base);
        assert!(text.contains(from), "{rule}");
        files.push(file(kept, &format!("{rule}.xml"), text.replacen(from, to, 1)));
    }
    files.push(file(kept, "bomb.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"));
    let (done, report) = import(kept, &files, &[]);
    assert!(!done);
    assert_eq!((&report["refused"], &report["imported"], &report["ready"]), (&json!(true), &json!(0), &json!(1)));
    let found = rules(&report, "problems");
    for (rule, ..) in broken {
        assert!(found.contains(&(format!("{rule}.xml"), rule.to_owned())), "{rule}: {found:?}");
    }
    assert!(found.contains(&("bomb.xml".to_owned(), String::new())));
    assert!(!found.iter().any(|(file, _)| file == "ubl-invoice.xml"));
    assert_eq!(kept.ask("SELECT id FROM invoices").await, Vec::<String>::new(), "all or nothing");

    let people = kept.run(&["import", "invoices", &files[1]]);
    let said = String::from_utf8_lossy(&people.stdout).into_owned();
    assert!(said.contains("BR-CO-15.xml, BG-22/BT-112, BR-CO-15: Invoice total amount with VAT (BT-112) ="), "{said}");

    let (done, report) = import(kept, &files, &["--partial"]);
    assert!(done, "{report}");
    assert_eq!(report["imported"], 1);

    // A table among e-invoices is a mistake.
    let table = file(kept, "table.csv", "number,debtor\n1,2\n");
    let (done, report) = import(kept, &[own("ubl-invoice.xml"), table], &[]);
    assert!(!done && report["error"].as_str().unwrap().contains("table.csv"), "{report}");
});

on_both!(a_buyer_is_found_among_the_customers, async |kept| {
    let debtors = "reference,name,postcode\nC-17,Sommer,53113\nK2,Fjord Kaffe AS,0155\nK3,Maison Lavande,75001\n";
    kept.run_ok(&["import", "debtors", &file(kept, "debtors.csv", debtors)]);
    let (done, report) = import(kept, &NAMES.map(own), &[]);
    assert!(done, "{report}");
    let billed =
        "SELECT i.number || ' ' || d.reference FROM invoices i JOIN debtors d ON d.id = i.debtor_id ORDER BY 1";
    // The house in Avignon is not the one in Paris.
    assert_eq!(kept.ask(billed).await, ["HJ-2001 C-17", "HJ-2002 K2", "HJ-2003 EM:COMPTALAVANDEEXAMPLE"]);

    // Next time the VAT number alone is enough, whatever the name.
    let text =
        sample("ubl-invoice.xml").replace("HJ-2001", "HJ-2011").replace("Buchhandlung Sommer GmbH", "Sommer Bücher KG");
    let text = text.replace("<cac:PartyIdentification><cbc:ID>C-17</cbc:ID></cac:PartyIdentification>", "");
    let (done, report) = import(kept, &[file(kept, "next.xml", &text)], &[]);
    assert!(done, "{report}");
    assert!(kept.ask(billed).await.contains(&"HJ-2011 C-17".to_owned()));

    // The number of one customer and the VAT number of another.
    let text = text.replace("HJ-2011", "HJ-2012").replace(
        "<cac:AccountingCustomerParty>\n    <cac:Party>",
        "<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>K2</cbc:ID></cac:PartyIdentification>",
    );
    let (done, report) = import(kept, &[file(kept, "doubt.xml", &text)], &[]);
    assert!(!done);
    assert_eq!(report["problems"][0]["column"], "BT-48");
    let reason = "the buyer is your customer “K2” by BT-46 and “C-17” by BT-48";
    assert_eq!(report["problems"][0]["reason"], reason);
    assert_eq!(kept.ask("SELECT reference FROM debtors ORDER BY 1").await.len(), 4);
});

on_both!(credit_notes_lower_what_is_left_and_the_rest_is_on_account, async |kept| {
    let (done, report) = import(kept, &[own("ubl-credit-note.xml")], &[]);
    assert!(done, "{report}");
    let warning = &report["warnings"][0];
    assert_eq!(warning["reason"], "credits invoice “HJ-2001”, which is not here: it is on account");
    assert_eq!(left(kept).await, ["on account of Buchhandlung Sommer GmbH EUR -6150"]);

    // More than an invoice asks for is nobody's credit note of it.
    assert!(import(kept, &[own("cii-invoice.xml")], &[]).0);
    let much = sample("cii-credit-note.xml").replace("HJ-C2", "HJ-C3");
    assert!(import(kept, &[file(kept, "c3.xml", &much)], &[]).0);
    let (done, report) = import(kept, &[own("cii-credit-note.xml")], &[]);
    assert!(!done);
    let reason = "credits €664.20; invoice “HJ-2003” asks for €0.00 less what was credited before";
    assert_eq!(report["problems"][0]["reason"], reason);
    // The same number with another amount contradicts what is on file.
    let other = sample("ubl-credit-note.xml").replace("61.50", "60.27").replace("11.50", "10.27");
    let other = other.replace("<b:Percent>23", "<b:Percent>20.54");
    let (done, report) = import(kept, &[file(kept, "other.xml", other)], &[]);
    assert!(!done);
    assert_eq!(report["problems"][0]["reason"], "was imported before with €61.50, not €60.27");

    // A corrected invoice asks for the whole again: not before the first one is credited.
    assert!(import(kept, &[own("ubl-invoice.xml")], &[]).0);
    let corrected = sample("ubl-invoice.xml").replace("HJ-2001", "HJ-2021").replace(">380<", ">384<").replace(
        "  <cac:AccountingSupplierParty>",
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>HJ-2001</cbc:ID></cac:InvoiceDocumentReference>\
         </cac:BillingReference><cac:AccountingSupplierParty>",
    );
    let corrected = file(kept, "corrected.xml", corrected);
    let (done, report) = import(kept, &[&corrected], &[]);
    assert!(!done);
    let reason = "corrects invoice “HJ-2001”, which asks for €246.00; import its credit note first";
    assert_eq!((&report["problems"][0]["column"], &report["problems"][0]["reason"]), (&json!("BT-25"), &json!(reason)));
    let whole =
        sample("ubl-credit-note.xml").replace("HJ-C1", "HJ-C4").replace("61.50", "246.00").replace("11.50", "46.00");
    let whole = whole.replace("50.00", "200.00").replace(">50<", ">200<");
    let (done, report) = import(kept, &[&corrected, &file(kept, "whole.xml", whole)], &[]);
    assert!(done, "{report}");
    // What was on account is put towards what has come.
    assert_eq!(left(kept).await, ["HJ-2021 EUR 18450", "on account of Maison Lavande EUR -10000"]);
});

on_both!(a_thousand_e_invoices_come_in_together, async |kept| {
    let base = sample("ubl-invoice.xml");
    let folder = kept.data().join("many");
    std::fs::create_dir(&folder).unwrap();
    let mut files = Vec::new();
    for n in 0..1_000 {
        let text = base.replace("HJ-2001", &format!("N-{n}")).replace("C-17", &format!("C-{}", n % 100));
        let text = text.replace("DE123456789", &format!("DE{:09}", n % 100));
        let path = folder.join(format!("{n}.xml"));
        std::fs::write(&path, text).unwrap();
        files.push(path.display().to_string());
    }
    let start = std::time::Instant::now();
    let (done, report) = import(kept, &files, &[]);
    let took = start.elapsed();
    assert!(done, "{report}");
    assert_eq!((&report["imported"], &report["open_minor"]), (&json!(1_000), &json!(24_600_000)));
    assert_eq!(kept.ask("SELECT reference FROM debtors").await.len(), 100);
    eprintln!("1,000 e-invoices in {took:?}");
    assert!(took.as_secs() < 60, "{took:?}");
});

async fn set_up(kept: &Kept) -> Visitor {
    let owner = kept.visitor();
    let password = "punched cards weave flowers";
    let typed =
        [("business", "Harlow Joinery"), ("name", "Hal"), ("email", "hal@harlow.example.com"), ("password", password)];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    owner
}

/// Chooses files on the page of imports.
async fn choose(owner: &Visitor, files: &[(&str, String)]) -> kept_tests::Answer {
    let mut form = Form::new().text("kind", "invoices");
    for (name, text) in files {
        form = form.part("file", Part::bytes(text.clone().into_bytes()).file_name((*name).to_owned()));
    }
    owner.post_multipart("/console/imports", form).await
}

both!(the_console_takes_several_e_invoices_and_shows_rules_first, async |kept| {
    let owner = set_up(kept).await;
    owner.get("/console/imports").await.expect(200).sees("e-invoices as XML").sees("multiple");
    let mut files: Vec<(&str, String)> = NAMES.iter().map(|name| (*name, sample(name))).collect();
    files.push(("a.csv", "number,debtor\n1,2\n".to_owned()));
    choose(&owner, &files).await.expect(422).sees("Choose one file, or several of which each is an e-invoice");
    files.pop();

    files[2].1 = files[2].1.replace("<cbc:BuyerReference>PO 44</cbc:BuyerReference>", "");
    files[3].1 = files[3].1.replace("Harlow Joinery Ltd", "<![CDATA[<script>alert(1)</script>]]>");
    let at = choose(&owner, &files).await.expect(303).find_location().unwrap();
    let page = owner.get(&at).await.expect(200).sees("5 e-invoices.").sees("PEPPOL-EN16931-R003");
    let page = page.sees("peppol-invoice.xml").does_not_see("<script>alert").does_not_see("name=\"map_");
    page.sees("the seller is “&lt;script&gt;alert(1)&lt;/script&gt;”, not “Harlow Joinery”")
        .sees("due on 1 October 2026 by your usual terms");
    assert_eq!(
        kept.ask("SELECT id FROM invoices").await,
        Vec::<String>::new(),
        "nothing happens before it is asked for"
    );
    owner.post_form(&at, &[("act", "run"), ("as_of", "2026-09-30")]).await.expect(200).sees("PEPPOL-EN16931-R003");
    owner.post_form(&at, &[("act", "run_part"), ("as_of", "2026-09-30")]).await.leads_to("?done=imported");
    assert_eq!(kept.ask("SELECT number FROM invoices ORDER BY 1").await, ["HJ-2001", "HJ-2003"]);
    owner.get("/console/imports").await.expect(200).sees("ubl-invoice.xml and 4 more").sees("4 rows imported");

    let page = owner.get("/console/debtors?search=Sommer").await.expect(200);
    let customer = page.body.split("href=\"/console/debtors/").nth(1).unwrap().split('"').next().unwrap();
    let page = owner.get(&format!("/console/debtors/{customer}")).await.expect(200);
    page.sees("Credit note HJ-C1 of €61.50 on invoice HJ-2001").sees("€184.50");
    // The customer sees it too.
    let made = owner.post_form(&format!("/console/debtors/{customer}/links"), &[]).await.leads_to("?done=link");
    let page = owner.follow(made).await.expect(200);
    let url = kept_tests::town::between(&page.body, "id=\"new-link\" type=\"text\" readonly value=\"", "\"").to_owned();
    let visitor = kept.visitor();
    visitor.post_form(&url, &[("answer", "53113")]).await.leads_to("/account");
    let page = visitor.get("/account").await.expect(200).sees("€184.50").sees("Credited to you");
    page.sees("€61.50").does_not_see("/receipt/");

    // Again with the correct one: only that one is new.
    let all: Vec<(&str, String)> = NAMES.iter().map(|name| (*name, sample(name))).collect();
    let at = choose(&owner, &all).await.expect(303).find_location().unwrap();
    owner
        .get(&at)
        .await
        .expect(200)
        .sees("1 invoice or credit note would be added")
        .sees("4 are here already")
        .sees("Credited: €725.70");
    owner.post_form(&at, &[("act", "run"), ("as_of", "2026-09-30")]).await.leads_to("?done=imported");
    kept.run_ok(&["doctor"]);
});

both!(what_the_settings_say_decides_who_the_seller_is_and_when_it_is_due, async |kept| {
    let owner = set_up(kept).await;
    let page = owner.get("/console/policy").await.expect(200).sees("id=\"due_days\"").sees("id=\"vat_number\"");
    // Everything as it stands, with other answers to the new questions.
    let mut typed = stated(&page.body);
    let mut set = |name: &str, value: &str| {
        typed.retain(|(n, _)| n != name);
        typed.push((name.to_owned(), value.to_owned()));
    };
    set("act", "save");
    set("vat_number", "IE 999 9999 X");
    set("due_days", "400");
    let pairs = |typed: &[(String, String)]| typed.to_vec();
    let send = async |typed: Vec<(String, String)>| {
        let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        owner.post_form("/console/policy", &typed).await
    };
    send(pairs(&typed)).await.expect(422).sees("Enter a whole number of days from 0 to 365");
    typed.retain(|(n, _)| n != "due_days");
    typed.push(("due_days".to_owned(), "14".to_owned()));
    send(pairs(&typed)).await.leads_to("?done=saved");
    owner.get("/console/policy").await.expect(200).sees("value=\"IE 999 9999 X\"").sees("value=\"14\"");

    let (done, report) = import(kept, &[own("cii-invoice.xml")], &[]);
    assert!(done, "{report}");
    let reasons: Vec<&str> =
        report["warnings"].as_array().unwrap().iter().filter_map(|w| w["reason"].as_str()).collect();
    let expected = [
        "the seller is “Harlow Joinery Ltd” with IE1234567T, not you with IE9999999X",
        "has no due date; its terms are “Net 14 days”: due on 15 September 2026 by your usual terms",
    ];
    assert_eq!(reasons, expected);
    // Other terms later make no other invoice of it.
    kept.change("UPDATE invoicing SET due_days = 60").await;
    let (done, report) = import(kept, &[own("cii-invoice.xml")], &[]);
    assert!(done, "{report}");
    assert_eq!(
        (&report["unchanged"], kept.ask("SELECT due_on FROM invoices").await),
        (&json!(1), vec!["2026-09-15".to_owned()])
    );
});

/// The values of a page's form, as a browser would send them.
fn stated(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let attribute = |tag: &str, name: &str| {
        let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[at..].split('"').next()?.to_owned())
    };
    for tag in page.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let kind = attribute(tag, "type").unwrap_or_default();
        let chosen = !["checkbox", "radio"].contains(&kind.as_str()) || tag.contains(" checked");
        if let (Some(name), true) = (attribute(tag, "name"), chosen && kind != "submit") {
            found.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    for list in page.split("<select").skip(1).map(|rest| rest.split("</select>").next().unwrap()) {
        let option = list.split("<option").skip(1).find(|o| o.split('>').next().unwrap().contains(" selected"));
        if let (Some(name), Some(option)) = (attribute(list, "name"), option) {
            found.push((name, attribute(option, "value").unwrap_or_default()));
        }
    }
    found
}

both!(a_credit_note_for_what_is_disputed_is_not_credited_twice, async |kept| {
    let owner = set_up(kept).await;
    let bills = "number,debtor,name,issued,due,amount,currency,disputed\n\
                 HJ-2001,C-17,Sommer,2026-09-01,2026-10-01,246.00,EUR,yes\n";
    kept.run_ok(&["import", "invoices", &file(kept, "bills.csv", bills)]);
    let (done, report) = import(kept, &[own("ubl-credit-note.xml")], &[]);
    assert!(done, "{report}");
    assert_eq!(left(kept).await, ["HJ-2001 EUR 18450"]);
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "uphold"), ("reason", "You are right")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.leads_to("?done=resolved");
    assert_eq!(left(kept).await, Vec::<String>::new(), "the rest is credited, and nothing is theirs on account");

    // The decision's credit is what a later credit note would say once more.
    let again = sample("ubl-credit-note.xml").replace("HJ-C1", "HJ-C9");
    let (done, report) = import(kept, &[file(kept, "again.xml", again)], &[]);
    assert!(!done);
    let reason = "credits €61.50; invoice “HJ-2001” asks for €0.00 less what was credited before";
    assert_eq!(report["problems"][0]["reason"], reason);
    kept.run_ok(&["doctor"]);
});
