//! One debtor: what is owed, what was agreed, what happened, and what a person can do about it.

use crate::copy::CopyText;
use crate::frame::{Shell, problems};
use crate::parts::{Select, choices, commitments_table, contacts_table, disputes_table, field, timeline, words};
use crate::stuck::stuck_messages;
use kept_api::console::{DebtorView, Form};
use kept_domain::calendar::{self, Ageing};
use kept_ui::amount::{Amount, sign};
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Choices, Field, Input};
use kept_ui::notice::{Notice, Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of one debtor.
pub fn debtor_page(v: DebtorView) -> impl IntoView {
    let base = format!("/console/debtors/{}", v.row.id);
    let balances: Vec<_> = v.row.balances.iter().map(|money| view! { <dd><Amount money=*money/></dd> }).collect();
    let balances = if balances.is_empty() {
        vec![view! { <dd>"nothing"</dd> }.into_any()]
    } else {
        balances.into_iter().map(IntoAny::into_any).collect()
    };
    let address: Vec<_> = v.address.iter().map(|line| view! { {line.clone()}<br/> }).collect();
    let facts = [
        ("Reference", v.row.reference.clone()),
        ("E-mail", v.row.email.clone()),
        ("Telephone", v.phone.clone()),
        ("Time zone", v.zone.clone()),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> })
        .collect();
    let address = (!address.is_empty()).then(|| view! { <div><dt>"Address"</dt><dd>{address}</dd></div> });
    let held = v.holds.iter().any(|h| h.running).then(|| {
        view! { <Notice tone=Tone::Wait heading="Reminders are paused"><p><a href="#holds">"See why"</a></p></Notice> }
    });
    let new_link = v.new_link.clone().map(|url| {
        view! {
            <Notice tone=Tone::Good heading="The new link">
                <p>"Copy it now: it is not shown again. Whoever has it and can answer the identity question sees this account."</p>
                <div class="field copy">
                    <label for="new-link">"Link"</label>
                    <div class="control">
                        <input id="new-link" type="text" readonly value=url.clone()/>
                        <CopyText text=url/>
                    </div>
                </div>
            </Notice>
        }
    });
    let commitments = (!v.commitments.is_empty()).then(|| {
        view! {
            <section aria-labelledby="commitments"><h2 id="commitments">"Commitments"</h2>{commitments_table(v.commitments.clone(), false).into_any()}</section>
        }
    });
    let disputes = (!v.disputes.is_empty()).then(|| {
        view! {
            <section aria-labelledby="disputes"><h2 id="disputes">"Disputes"</h2>{disputes_table(v.disputes.clone(), false).into_any()}</section>
        }
    });
    view! {
        <Shell frame=v.frame.clone() here="/console/debtors">
            <Back href="/console/debtors" words="All customers"/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>{v.row.name.clone()}</h1>
            {new_link}
            {held}
            {stuck_messages(v.stuck.clone())}
            <section class="card" aria-label="Balance and contact">
                <dl class="figures"><div><dt>"Owes"</dt>{balances}</div></dl>
                <dl class="known">
                    {facts}{address}
                    <div><dt>"Record"</dt><dd>{v.record.clone()}</dd></div>
                    <div><dt>"Reminders"</dt><dd>{v.next.clone()}</dd></div>
                </dl>
            </section>
            {invoices(&v).into_any()}
            {commitments}
            {disputes}
            {payments(&v).map(IntoAny::into_any)}
            <p class="buttons"><a href=format!("{base}/statement")>"Statement of account"</a><a href=format!("{base}/write-offs")>"Write off"</a><a href=format!("{base}/late-charges")>"Late charges"</a></p>
            <section aria-labelledby="record">
                <h2 id="record">"Record something"</h2>
                {record(&v, &base).into_any()}
            </section>
            {cards(&v, &base).map(IntoAny::into_any)}
            {links(&v, &base).into_any()}
            {holds(&v, &base).into_any()}
            {addresses(&v, &base).into_any()}
            {contacts(&v).map(IntoAny::into_any)}
            <section aria-labelledby="timeline">
                <h2 id="timeline">"Who did what"</h2>
                {timeline(v.timeline.clone()).into_any()}
            </section>
            <section aria-labelledby="hand-over">
                <h2 id="hand-over">"Hand over"</h2>
                <p>"One PDF with all that is on record: invoices, payments, agreements in their exact words, disputes, messages, and who did what. It is for a solicitor, or an agency that treats your customers as you do."</p>
                <form method="post" action=format!("{base}/hand-over.pdf")><button class="button quiet">"Make the hand-over pack"</button></form>
            </section>
        </Shell>
    }
}

fn invoices(v: &DebtorView) -> impl IntoView + use<> {
    let rows: Vec<_> = v
        .invoices
        .iter()
        .cloned()
        .map(|i| {
            let tone = if i.age == Ageing::Current { Tone::Info } else { Tone::Wait };
            let age =
                if i.age == Ageing::Current { i.age.words().to_owned() } else { format!("{} late", i.age.words()) };
            let disputed = (i.disputed.minor > 0)
                .then(|| view! { <br/><span class="hint"><Amount money=i.disputed/>" in dispute"</span> });
            let late = (i.late.minor > 0)
                .then(|| view! { <br/><span class="hint">"and "<Amount money=i.late/>" late charge"</span> });
            let what = (!i.description.is_empty()).then(|| view! { <br/><span class="hint">{i.description}</span> });
            view! {
                <tr>
                    <th scope="row">{i.number}{what}</th>
                    <td data-label="Issued"><Day on=i.issued_on/></td>
                    <td data-label="Due"><Day on=i.due_on/>" "<Tag tone words=age/></td>
                    <td data-label="Amount" class="num"><Amount money=i.amount/>{late}</td>
                    <td data-label="Left" class="num"><Amount money=i.left/>{disputed}</td>
                </tr>
            }
        })
        .collect();
    let today = v.today;
    let list = if rows.is_empty() {
        view! { <p>"No invoice is open."</p> }.into_any()
    } else {
        view! {
            <table class="rows">
                <caption>"As of "<Day on=today/></caption>
                <thead><tr>
                    <th scope="col">"Number"</th><th scope="col">"Issued"</th><th scope="col">"Due"</th>
                    <th scope="col" class="num">"Amount"</th><th scope="col" class="num">"Left"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! { <section aria-labelledby="invoices"><h2 id="invoices">"Open invoices"</h2>{list}</section> }
}

fn payments(v: &DebtorView) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = v
        .payments
        .iter()
        .cloned()
        .map(|p| {
            let what = if p.href.is_empty() {
                view! { {p.what} }.into_any()
            } else {
                view! { <a href=p.href>{p.what}<span class="sr">" of "{calendar::show(p.on)}</span></a> }.into_any()
            };
            view! {
                <tr>
                    <th scope="row">{what}</th>
                    <td data-label="On"><Day on=p.on/></td>
                    <td data-label="Amount" class="num"><Amount money=p.amount/></td>
                    <td data-label="Note">{p.note}</td>
                    <td data-label="Recorded by">{p.actor}</td>
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section aria-labelledby="payments">
                <h2 id="payments">"Payments"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"What"</th><th scope="col">"On"</th><th scope="col" class="num">"Amount"</th>
                        <th scope="col">"Note"</th><th scope="col">"Recorded by"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    })
}

/// Whether a form is open because it has a mistake or was asked for.
fn is_open(form: &Form, act: &str) -> bool {
    form.value("act") == act
}

fn record(v: &DebtorView, base: &str) -> impl IntoView + use<> {
    let form = &v.form;
    let prefix = sign(v.currency);
    let (amount, amount_wrong) = (form.value("amount").to_owned(), form.mistake("amount").map(str::to_owned));
    let mut currencies: Vec<String> = v.row.balances.iter().map(|m| m.currency.code().to_owned()).collect();
    if currencies.is_empty() {
        currencies.push(v.currency.code().to_owned());
    }
    let several = currencies.len() > 1;
    let one = currencies.first().cloned().unwrap_or_default();
    let currency = if several {
        let options = currencies.into_iter().map(|c| (c.clone(), c)).collect();
        view! { <Select name="currency" label="Currency" options chosen=form.value("currency").to_owned()/> }.into_any()
    } else {
        view! { <input type="hidden" name="currency" value=one.clone()/> }.into_any()
    };
    let prefix = if several { String::new() } else { kept_domain::money::Currency::parse(&one).map_or(prefix, sign) };
    let channels =
        [("call", "A telephone call"), ("letter", "A letter"), ("visit", "A visit"), ("note", "A note for ourselves")];
    let directions = [("out", "We contacted them"), ("in", "They contacted us")];
    let channel_wrong = form.mistake("channel").map(str::to_owned);
    view! {
        <details open=is_open(form, "payment")>
            <summary>"A payment by bank or cash"</summary>
            <form class="card" method="post" action=format!("{base}/payments") novalidate>
                <Field name="amount" label="Amount" input=Input::Amount prefix value=amount problem=amount_wrong/>
                {currency}
                {field(form, "paid_on", "Day it arrived", "", Input::Date)}
                {field(form, "reference", "Reference on the statement", "The same payment is never counted twice", Input::Text)}
                <input type="hidden" name="once" value=v.once.clone()/>
                <button class="button">"Record this payment"</button>
            </form>
        </details>
        <details open=is_open(form, "contact")>
            <summary>"A call, a letter, a visit or a note"</summary>
            <form class="card" method="post" action=format!("{base}/contacts") novalidate>
                <Choices name="channel" legend="What was it" choices=choices(form, "channel", true, &channels) problem=channel_wrong/>
                <Choices name="direction" legend="Who contacted whom" choices=choices(form, "direction", true, &directions)/>
                {words(form, "said", "What was said", "They may ask to see what is written here")}
                <button class="button">"Record this"</button>
            </form>
        </details>
    }
}

fn links(v: &DebtorView, base: &str) -> impl IntoView + use<> {
    let rows: Vec<_> = v
        .links
        .iter()
        .cloned()
        .map(|l| {
            let revoke = l.works.then(|| {
                let action = format!("{base}/links/{}/revoke", l.id);
                view! { <form method="post" action=action><button class="plain">"Revoke"<span class="sr">" the link of "{l.created_at.clone()}</span></button></form> }
            });
            view! {
                <tr>
                    <th scope="row">{l.created_at.clone()}</th>
                    <td data-label="Made for">{l.origin}</td>
                    <td data-label="Works until">{l.expires_at}</td>
                    <td data-label="State">{l.state}</td>
                    <td>{revoke}</td>
                </tr>
            }
        })
        .collect();
    let list = (!rows.is_empty()).then(|| {
        view! {
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Made"</th><th scope="col">"For"</th><th scope="col">"Works until"</th>
                    <th scope="col">"State"</th><th scope="col"><span class="sr">"Revoke"</span></th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    view! {
        <section aria-labelledby="links">
            <h2 id="links">"Links to their account"</h2>
            {list}
            <form method="post" action=format!("{base}/links")><button class="button quiet">"Create a link"</button></form>
        </section>
    }
}

fn cards(v: &DebtorView, base: &str) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = v
        .cards
        .iter()
        .cloned()
        .map(|c| {
            let stop = c.works.then(|| {
                let action = format!("{base}/cards/{}/stop", c.id);
                view! { <form method="post" action=action><button class="plain">"Stop using it"</button></form> }
            });
            let tone = if c.works { Tone::Good } else { Tone::Info };
            view! {
                <tr>
                    <th scope="row">{if c.name.is_empty() { "No card".to_owned() } else { c.name }}</th>
                    <td data-label="Agreed"><details><summary>{c.agreed_at}</summary><blockquote class="exact">{c.words}</blockquote></details></td>
                    <td data-label="State"><Tag tone words=c.state/></td>
                    <td>{stop}</td>
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section aria-labelledby="cards">
                <h2 id="cards">"Cards they let you charge"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"Card"</th><th scope="col">"Agreed"</th><th scope="col">"State"</th>
                        <th scope="col"><span class="sr">"Stop"</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    })
}

fn holds(v: &DebtorView, base: &str) -> impl IntoView + use<> {
    let form = &v.form;
    let kinds = [
        ("hand", "Something else, which I write below"),
        ("hardship", "They cannot afford it now: 30 days, unless you name a day"),
        ("breathing_space", "Breathing space, which the law gives them: 60 days, unless you name a day"),
        ("stop", "They asked not to be contacted: until somebody ends it"),
    ];
    let kind_wrong = form.mistake("kind").map(str::to_owned);
    let rows: Vec<_> = v
        .holds
        .iter()
        .cloned()
        .map(|h| {
            let until = match h.until_on {
                Some(on) => view! { <Day on/> }.into_any(),
                None => view! { "until somebody ends it" }.into_any(),
            };
            let end = h.running.then(|| {
                let action = format!("{base}/holds/{}/end", h.id);
                view! { <form method="post" action=action><button class="plain">"End it"</button></form> }
            });
            let tag = if h.running {
                view! { <Tag tone=Tone::Wait words="running"/> }.into_any()
            } else {
                view! { <Tag words="ended"/> }.into_any()
            };
            view! {
                <tr>
                    <th scope="row">{h.reason}</th>
                    <td data-label="Note">{h.note}</td>
                    <td data-label="From"><Day on=h.from_on/></td>
                    <td data-label="To">{until}</td>
                    <td data-label="By">{h.actor}</td>
                    <td data-label="State">{tag}</td>
                    <td>{end}</td>
                </tr>
            }
        })
        .collect();
    let list = (!rows.is_empty()).then(|| {
        view! {
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Why"</th><th scope="col">"Note"</th><th scope="col">"From"</th><th scope="col">"To"</th>
                    <th scope="col">"By"</th><th scope="col">"State"</th><th scope="col"><span class="sr">"End"</span></th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    view! {
        <section aria-labelledby="holds">
            <h2 id="holds">"Pauses of reminders"</h2>
            {list}
            <details open=is_open(form, "hold")>
                <summary>"Pause reminders"</summary>
                <form class="card" method="post" action=format!("{base}/holds") novalidate>
                    <Choices name="kind" legend="Why reminders pause" choices=choices(form, "kind", true, &kinds) problem=kind_wrong/>
                    {field(form, "from_on", "First day of a breathing space", "Only for a breathing space that began before today. Late charges since then are taken back", Input::Date)}
                    {field(form, "until_on", "Last day of the pause", "Leave it empty to pause for as long as the reason says, or until somebody ends it", Input::Date)}
                    {field(form, "note", "In your words", "They may ask to see what is written here", Input::Text)}
                    <button class="button">"Pause reminders"</button>
                </form>
            </details>
        </section>
    }
}

fn addresses(v: &DebtorView, base: &str) -> Option<impl IntoView + use<>> {
    let form = &v.form;
    let rows: Vec<_> = v
        .addresses
        .iter()
        .cloned()
        .map(|a| {
            let tag = if a.stopped.is_empty() {
                view! { <Tag tone=Tone::Good words="used"/> }.into_any()
            } else {
                view! { <Tag tone=Tone::Wait words="not used"/> }.into_any()
            };
            view! {
                <tr>
                    <th scope="row">{a.what}</th>
                    <td data-label="Address">{a.address}</td>
                    <td data-label="State">{tag}</td>
                    <td data-label="Why">{a.stopped}</td>
                    <td data-label="Since">{a.since}</td>
                </tr>
            }
        })
        .collect();
    let again: Vec<_> = v
        .addresses
        .iter()
        .filter(|a| !a.stopped.is_empty())
        .cloned()
        .enumerate()
        .map(|(n, a)| {
            let words = format!("Use {} again", a.address);
            let id = if n == 0 { "why".to_owned() } else { format!("why-{n}") };
            let wrong = form.value("channel") == a.channel && is_open(form, "address");
            let problem = wrong.then(|| view! { <p class="error" id=format!("why-{n}-error")>"Write why it may be used again, in at most 500 characters"</p> });
            view! {
                <details open=wrong>
                    <summary>{words.clone()}</summary>
                    <form class="card" method="post" action=format!("{base}/addresses") novalidate>
                        <input type="hidden" name="channel" value=a.channel/>
                        <div class="field" class:wrong=wrong>
                            <label for=id.clone()>"Why it may be used again"</label>
                            {problem}
                            <input id=id name="why" type="text" class="wide" aria-describedby=wrong.then(|| format!("why-{n}-error"))/>
                        </div>
                        <button class="button">{words}</button>
                    </form>
                </details>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section aria-labelledby="addresses">
                <h2 id="addresses">"Where they are reached"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"Channel"</th><th scope="col">"Address"</th><th scope="col">"State"</th>
                        <th scope="col">"Why"</th><th scope="col">"Since"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                {again}
            </section>
        }
    })
}

fn contacts(v: &DebtorView) -> Option<impl IntoView + use<>> {
    (!v.contacts.is_empty()).then(|| {
        view! {
            <section aria-labelledby="contacts">
                <h2 id="contacts">"Messages, calls and letters"</h2>
                {contacts_table(v.contacts.clone()).into_any()}
            </section>
        }
    })
}
