//! Before and after: what the policy as typed would change for those who owe something today.

use crate::rehearsal::plural;
use kept_api::rehearsal::PolicyChange;
use kept_domain::calendar::iso;
use kept_ui::amount::Amount;
use leptos::prelude::*;

/// The part of the policy's page that compares it with what is saved; `path` is where the form goes.
pub fn policy_change(change: Option<PolicyChange>, path: &str) -> impl IntoView + use<> {
    let shown = change.map(|change| shown(&change).into_any());
    view! {
        <section class="card preview" aria-labelledby="change">
            <h2 id="change">"Before and after"</h2>
            <p>"Rehearses what is saved and what stands above with your customers of today. Nothing is sent and nothing is saved."</p>
            <div role="status">{shown}</div>
            <p><button class="button quiet" name="act" value="compare" formaction=format!("{path}#change")>"Compare with what is saved"</button></p>
        </section>
    }
}

fn shown(change: &PolicyChange) -> impl IntoView + use<> {
    if change.looked == 0 {
        return view! { <p>"Nobody owes anything, so nothing changes today."</p> }.into_any();
    }
    let whose = if change.partly {
        format!("The first {} of those who owe you something, by reference, ", change.looked)
    } else {
        format!("All {} who owe you something, ", change.looked)
    };
    let over = format!("{whose}over {} days, if nobody paid and nobody answered.", change.days);
    if !change.differs() {
        return view! { <p><b>"Nobody gets anything else."</b>" "{over}</p> }.into_any();
    }
    let people = [
        (change.more, "more messages"),
        (change.fewer, "fewer messages"),
        (change.other, "as many, but other ones or at other times"),
    ];
    let people: Vec<_> = people
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| {
            let who = if count == 1 { "1 customer gets".to_owned() } else { format!("{count} customers get") };
            view! { <li>{format!("{who} {what}")}</li> }
        })
        .collect();
    let number = |what: String, (was, will): (u32, u32)| row(what, (was, will)).into_any();
    let channels: Vec<_> = change.channels.iter().map(|(c, was, will)| number(plural(*c), (*was, *will))).collect();
    let cost = change.cost.map(|(was, will)| {
        view! {
            <tr>
                <th scope="row">"Cost"</th><td class="num"><Amount money=was/></td><td class="num"><Amount money=will/></td><td></td>
            </tr>
        }
    });
    let most = change.weeks.iter().map(|(_, was, will)| (*was).max(*will)).max().unwrap_or(1).max(1);
    let weeks: Vec<_> = change
        .weeks
        .iter()
        .map(|(from_on, was, will)| {
            // In hundredths of the width; the figures beside it say the same.
            let width = |count: u32| count * 100 / most;
            view! {
                <tr>
                    <th scope="row"><time datetime=iso(*from_on)>{from_on.format("%-d %b %Y").to_string()}</time></th>
                    <td class="num">{*was}</td>
                    <td class="num">{*will}</td>
                    <td class="pair-cell">
                        <svg class="pair" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                            <rect class="was" x="0" y="0" width=width(*was) height="5"/>
                            <rect class="will" x="0" y="7" width=width(*will) height="5"/>
                        </svg>
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <p>{over}</p>
        <ul>{people}</ul>
        <table class="change">
            <caption>"In all"</caption>
            <thead><tr>
                <th scope="col"><span class="sr">"What"</span></th><th scope="col" class="num">"Saved"</th>
                <th scope="col" class="num">"As above"</th><th scope="col">"Change"</th>
            </tr></thead>
            <tbody>
                {channels}
                {number("Customers who get something".to_owned(), change.people)}
                {number("Held back by the budget".to_owned(), change.budget)}
                {number("Two wanted on one day".to_owned(), change.collisions)}
                {cost}
            </tbody>
        </table>
        <table class="change">
            <caption>"Messages and calls, week by week"</caption>
            <thead><tr>
                <th scope="col">"From"</th><th scope="col" class="num">"Saved"</th>
                <th scope="col" class="num">"As above"</th><th scope="col"><span class="sr">"Picture"</span></th>
            </tr></thead>
            <tbody>{weeks}</tbody>
        </table>
    }
    .into_any()
}

fn row(what: String, (was, will): (u32, u32)) -> impl IntoView + use<> {
    let change = match will.cmp(&was) {
        std::cmp::Ordering::Equal => "same".to_owned(),
        std::cmp::Ordering::Greater => format!("{} more", will - was),
        std::cmp::Ordering::Less => format!("{} fewer", was - will),
    };
    view! { <tr><th scope="row">{what}</th><td class="num">{was}</td><td class="num">{will}</td><td>{change}</td></tr> }
}
