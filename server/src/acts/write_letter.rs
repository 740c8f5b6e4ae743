//! Writing a letter whose turn has come: decided on again, with a link of its own, on the paper of the country it goes to.

use super::dispatch::{self, Outcome};
use super::matter::{Unwanted, matter};
use super::notify::Message;
use super::write_message::mint;
use crate::app::App;
use crate::clock::date_of;
use crate::config::Letters;
use crate::letter::text;
use crate::store::business::Business;
use crate::store::contact::Rendered;
use crate::store::debtor::{self, Debtor};
use crate::store::outbox::{self, Item};
use crate::store::{Error, Tx, bank_details, contact, letter, preference, template};
use crate::templates::{self, Sides, Texts};
use chrono::NaiveDate;
use kept_domain::bank::{BankDetails, epc_qr};
use kept_domain::calendar::show_in;
use kept_domain::ids::LinkId;
use kept_domain::money::Money;
use kept_domain::reference::PaymentReference;
use kept_letter::{Block, Form, Language, Letter, Recipient, Sender, Transfer, country_name};

/// Countries in which the postcode stands before the town.
const POSTCODE_FIRST: &str =
    "AT BE BG CH CZ DE DK EE ES FI FR GR HR IS IT LI LT LU LV MC NL NO PL PT RO RS SE SI SK TR";
/// Countries in which it stands after the town.
const POSTCODE_LAST: &str = "AU CA IN NZ PR US ZA";

/// A letter whose turn it is.
pub(super) enum Turn {
    /// It is written: until it has left, nobody else touches it.
    Written(Box<Written>),
    /// It does not leave, and that is recorded.
    Ended(Outcome),
    /// Somebody else has it.
    Gone,
}

/// A letter that is ready to be set.
pub(super) struct Written {
    /// It.
    pub(super) letter: Letter,
    /// The contact that it makes.
    pub(super) contact: String,
    /// The link that it carries.
    pub(super) link: LinkId,
}

/// Decides again on a letter that is claimed until `until_ms`, mints its link and writes it, for a batch or alone.
///
/// # Errors
/// When the store fails.
pub(super) async fn take_turn(
    app: &App,
    home: &Business,
    item: &Item,
    batch: Option<&str>,
    until_ms: i64,
) -> Result<Turn, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    // The debtor's row first, as everywhere: what is read after it holds until the commit.
    let debtor = debtor::lock(&tx, &home.id, &item.debtor).await?;
    if !outbox::take(&tx, item, until_ms).await? {
        return Ok(Turn::Gone);
    }
    let done = match prepare(app, home, &tx, item, debtor, now_ms).await {
        Err(Error::Corrupt(column)) => Err(Outcome::Failed(format!("a stored value cannot be read: {column}"))),
        other => other?,
    };
    match done {
        Ok(written) => {
            let row = letter::Letter {
                contact: &written.contact,
                debtor: &item.debtor,
                item: &item.id,
                link: &written.link,
                batch,
            };
            letter::add(&tx, &home.id, &row, now_ms).await?;
            tx.commit().await?;
            Ok(Turn::Written(Box::new(written)))
        }
        Err(outcome) => {
            dispatch::settle(&tx, item, &outcome, None, now_ms).await?;
            tx.commit().await?;
            Ok(Turn::Ended(outcome))
        }
    }
}

async fn prepare(
    app: &App,
    home: &Business,
    tx: &Tx,
    item: &Item,
    debtor: Option<Debtor>,
    now_ms: i64,
) -> Result<Result<Written, Outcome>, Error> {
    let (Some(debtor), Some(contact)) = (debtor, item.contact.clone()) else {
        return Ok(Err(Outcome::Cancelled("not_found".to_owned())));
    };
    let message: Message = serde_json::from_str(&item.payload).map_err(|_| Error::Corrupt("payload".into()))?;
    let matter = match matter(app, tx, item, home, &debtor, &message, now_ms).await? {
        Ok(matter) => matter,
        Err(Unwanted::Never(reason)) => return Ok(Err(Outcome::Cancelled(reason))),
        Err(Unwanted::Until(until_ms)) => return Ok(Err(Outcome::Postponed(until_ms))),
    };
    let (link, token) = mint(app, tx, item, &message, now_ms).await?;
    let url_until = date_of(now_ms + app.config.link_ms(), &home.zone);
    let sides = Sides {
        business: home.name.clone(),
        phone: home.phone.clone(),
        address: home.address.clone(),
        name: debtor.name.clone(),
        url: Some(format!("{}/l/{token}", app.public_url())),
        url_until,
    };
    let chosen = preference::find(tx, &home.id, &debtor.id).await?.language;
    let language = templates::Language::of(if chosen.is_empty() { &debtor.language } else { &chosen });
    let texts = Texts(template::in_force(tx, &home.id).await?);
    let words = templates::letter(&texts, language, &sides, &matter);
    let asked = matter.asked();
    let text = words.text();
    let rendered = Rendered {
        subject: &words.subject,
        body: &text.replace(&token, "…"),
        link: Some(link.as_str()),
        address: "",
        provider_id: "",
    };
    contact::set_rendered(tx, &home.id, &contact, rendered).await?;
    let said = Said { subject: &words.subject, text: &text, language: language.code() };
    let url = sides.url.unwrap_or_default();
    let today = date_of(now_ms, &home.zone);
    let mut letter = write(&app.config.letters, home, &debtor, &said, url, url_until, today);
    letter.transfer = transfer(&bank_details::find(tx, &home.id).await?, &debtor, language, &asked);
    Ok(Ok(Written { letter, contact, link }))
}

/// What a letter says.
pub struct Said<'a> {
    /// Its first line.
    pub subject: &'a str,
    /// Its words, as a contact stores them.
    pub text: &'a str,
    /// The ISO 639 code of the language they are in.
    pub language: &'a str,
}

/// Writes a letter of a day with a link that works until another.
pub fn write(
    config: &Letters,
    home: &Business,
    debtor: &Debtor,
    said: &Said<'_>,
    link: String,
    until_on: NaiveDate,
    today: NaiveDate,
) -> Letter {
    let language = Language::of(said.language);
    let mut blocks = text::blocks(said.text);
    // The sender stands at the head, and once more as who greets.
    let signed = |text: &str| text.lines().next() == Some(home.name.as_str());
    if matches!(blocks.last(), Some(Block::Words(text)) if signed(text)) {
        blocks.pop();
    }
    Letter {
        language,
        form: config.form.unwrap_or_else(|| Form::of_country(&debtor.country)),
        from: Sender {
            name: home.name.clone(),
            address: lines(&home.address),
            phone: home.phone.clone(),
            email: home.email.clone(),
        },
        to: recipient(config, debtor),
        date: day(language, today),
        reference: debtor.reference.clone(),
        subject: said.subject.to_owned(),
        blocks,
        link,
        link_words: link_words(language, &day(language, until_on)),
        transfer: None,
        closing: home.name.clone(),
    }
}

/// How what a letter asks for is paid by bank transfer, with a code for an amount in euros; `None` where nothing is asked
/// for, or the business has not told its bank details.
fn transfer(to: &BankDetails, debtor: &Debtor, language: templates::Language, asked: &[Money]) -> Option<Transfer> {
    if asked.is_empty() || !to.is_given() {
        return None;
    }
    let reference = PaymentReference::of(&debtor.id);
    Some(Transfer {
        holder: to.holder.clone(),
        iban: to.iban_grouped(),
        bic: to.bic.clone(),
        local: lines(&to.local),
        reference: reference.grouped(),
        amounts: asked.iter().map(|money| money.show_in(language)).collect(),
        code: asked.iter().find_map(|money| epc_qr(to, *money, &reference)),
    })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The address as the post of its country wants it.
fn recipient(config: &Letters, debtor: &Debtor) -> Recipient {
    let mut address = lines(&debtor.address);
    // Many lists have an address in one cell.
    if let [one] = address.as_slice()
        && one.contains(", ")
    {
        address = one.split(", ").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    }
    let (postcode, country) = (debtor.postcode.trim(), debtor.country.as_str());
    let is_in = |list: &str| !country.is_empty() && list.split(' ').any(|code| code == country);
    match address.last_mut() {
        _ if postcode.is_empty() => {}
        Some(last) if last.contains(postcode) => {}
        Some(last) if is_in(POSTCODE_FIRST) => *last = format!("{postcode} {last}"),
        Some(last) if is_in(POSTCODE_LAST) => *last = format!("{last} {postcode}"),
        // A postcode alone is no place to send a letter to.
        None => {}
        Some(_) => address.push(postcode.to_owned()),
    }
    let home = config.country.as_deref() == Some(country);
    let country = if home { None } else { country_name(country) };
    Recipient { name: debtor.name.clone(), address, country: country.unwrap_or_default() }
}

fn day(language: Language, on: NaiveDate) -> String {
    show_in(on, templates::Language::of(language.code()))
}

fn link_words(language: Language, until: &str) -> String {
    match language {
        Language::English => format!(
            "To open your page, scan this code with a telephone or type the address into a browser. It works until {until}."
        ),
        Language::German => format!(
            "Ihre Seite öffnet sich, wenn Sie diesen Code mit dem Telefon scannen oder die Adresse in einen Browser eingeben. Die Adresse gilt bis zum {until}."
        ),
        Language::French => format!(
            "Pour ouvrir votre page, scannez ce code avec un téléphone ou saisissez l’adresse dans un navigateur. Elle est valable jusqu’au {until}."
        ),
        Language::Spanish => format!(
            "Para abrir su página, escanee este código con un teléfono o escriba la dirección en un navegador. Sirve hasta el {until}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_postcode_stands_where_the_post_looks_for_it() {
        let table: [(&str, &str, &str, &str, &[&str]); 7] = [
            ("12 Water Lane\nLeeds", "LS1 4DY", "GB", "", &["12 Water Lane", "Leeds", "LS1 4DY"]),
            ("12 Water Lane, Leeds", "LS1 4DY", "", "", &["12 Water Lane", "Leeds", "LS1 4DY"]),
            ("Hauptstr. 1\nBerlin", "10623", "DE", "GERMANY", &["Hauptstr. 1", "10623 Berlin"]),
            ("Hauptstr. 1\n10623 Berlin", "10623", "DE", "GERMANY", &["Hauptstr. 1", "10623 Berlin"]),
            (
                "1 Elm St\nSpringfield, IL",
                "62704",
                "US",
                "UNITED STATES OF AMERICA",
                &["1 Elm St", "Springfield, IL 62704"],
            ),
            ("", "LS1 4DY", "GB", "", &[]),
            ("Rua 1", "", "PT", "PORTUGAL", &["Rua 1"]),
        ];
        let config = Letters { country: Some("GB".into()), ..Letters::default() };
        for (address, postcode, country, named, expected) in table {
            let debtor = Debtor {
                id: "d".into(),
                reference: "C-1".into(),
                name: "Ann".into(),
                email: String::new(),
                phone: String::new(),
                address: address.into(),
                postcode: postcode.into(),
                country: country.into(),
                language: "en".into(),
                zone: "UTC".into(),
                kind: "person".into(),
                born_on: None,
            };
            let to = recipient(&config, &debtor);
            assert_eq!(
                (to.address.as_slice(), to.country.as_str()),
                (&lines(&expected.join("\n"))[..], named),
                "{address}"
            );
        }
    }
}
