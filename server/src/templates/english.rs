//! The texts in English: short words, short sentences, nothing that threatens or shames, and always a way to object,
//! to ask and to get help.

use super::{Block, Item, Matter, Sides};
use kept_domain::calendar::show;
use kept_domain::dispute::{Kind, State};
use kept_domain::money::Money;

/// Subject and blocks.
pub(super) fn write(sides: &Sides, matter: &Matter) -> (String, Vec<Block>) {
    let from = &sides.business;
    let mut blocks = vec![opening(sides)];
    let subject = match matter {
        Matter::Reminder { items, totals, ahead, some_disputed, by_card } => {
            reminder(&mut blocks, items, totals, ahead, *some_disputed);
            choices(&mut blocks, sides, *by_card);
            format!("About your account with {from}")
        }
        Matter::Missed { items, by_card } => {
            missed(&mut blocks, items);
            choices(&mut blocks, sides, *by_card);
            format!("About your account with {from}")
        }
        Matter::Receipt { amount, paid_on, reference, left } => {
            receipt(&mut blocks, *amount, &show(*paid_on), reference, left);
            page(&mut blocks, sides, "See your account");
            format!("Thank you from {from}")
        }
        Matter::DisputeReceived { kind, answer_by_on } => {
            received(&mut blocks, *kind, &show(*answer_by_on));
            page(&mut blocks, sides, "See your account");
            format!("{from} has your message")
        }
        Matter::DisputeAnswered { answer } => {
            blocks.push(words("Thank you for what you told us. This is our answer:"));
            blocks.push(Block::Quote(answer.clone()));
            blocks
                .push(words("We will not ask you for that part while we talk about it. Do you want to add something? Then please write back."));
            page(&mut blocks, sides, "See your account");
            format!("A reply from {from}")
        }
        Matter::DisputeResolved { kind, state, credited, answer } => {
            resolved(&mut blocks, *kind, *state, *credited, answer);
            page(&mut blocks, sides, "See your account");
            format!("A reply from {from}")
        }
        Matter::Agreed { words: agreed } => {
            blocks.push(words("This is what we agreed. Please keep it."));
            blocks.push(Block::Quote(agreed.clone()));
            blocks.push(words("If things change for you, tell us early. On your page you can change this or end it."));
            page(&mut blocks, sides, "See what we agreed");
            format!("For your records, from {from}")
        }
        Matter::Proposed { words: proposed, answer_by_on } => {
            blocks.push(words("We have what you sent us. It is not agreed yet. This is what you asked for:"));
            blocks.push(Block::Quote(proposed.clone()));
            blocks.push(words(match answer_by_on {
                Some(on) => format!("We will answer by {}. Until then we will not ask you for money.", show(*on)),
                None => "We will answer soon. Until then we will not ask you for money.".to_owned(),
            }));
            page(&mut blocks, sides, "See your account");
            format!("{from} has your message")
        }
        Matter::Declined { reason } => {
            blocks.push(words("Thank you for what you sent us. We are sorry that we can not agree to it as it is."));
            quote(&mut blocks, reason);
            blocks.push(words(
                "There may be another way. On your page you can try other dates or parts, or tell us more.",
            ));
            page(&mut blocks, sides, "Try another way");
            format!("A reply from {from}")
        }
        Matter::Countered { words: offer, reason, answer_by_on } => {
            blocks.push(words("Thank you for what you sent us. We can not agree to all of it, but we can to this:"));
            blocks.push(Block::Quote(offer.clone()));
            quote(&mut blocks, reason);
            blocks.push(words(match answer_by_on {
                Some(on) => format!("It is not agreed until you say yes. You can say yes or no until {}.", show(*on)),
                None => "It is not agreed until you say yes.".to_owned(),
            }));
            page(&mut blocks, sides, "See this and answer");
            format!("A reply from {from}")
        }
        Matter::FreshLink => {
            blocks.push(words("Here is your new link. You asked for it because an old one no longer works."));
            page(&mut blocks, sides, "Open your page");
            format!("Your new link from {from}")
        }
        Matter::OneTimeCode { code, minutes } => {
            blocks.push(words("Type this code on the page that asked you for it:"));
            blocks.push(Block::Code(code.clone()));
            blocks.push(words(format!(
                "It works for {minutes} minutes and only once. We never ask you for it on the phone. If you did not ask \
                 for a code, you can leave this."
            )));
            format!("Your code from {from}")
        }
    };
    blocks.push(closing(sides));
    (subject, blocks)
}

/// A text message, the best first and the shortest last.
pub(super) fn short(sides: &Sides, matter: &Matter) -> Vec<String> {
    let (from, name) = (&sides.business, &sides.name);
    if let Matter::OneTimeCode { code, minutes } = matter {
        return vec![format!("{code} is your code from {from}. It works for {minutes} minutes, once."), code.clone()];
    }
    let url = sides.url.as_deref().unwrap_or_default();
    let what = match matter {
        Matter::Reminder { .. } | Matter::Missed { .. } => "has a message for you",
        Matter::Receipt { .. } => "says thank you",
        Matter::DisputeReceived { .. } | Matter::Proposed { .. } => "has your message",
        Matter::Agreed { .. } => "has something for your records",
        Matter::FreshLink => "sends you your new link",
        _ => "has a reply for you",
    };
    let stop = match matter {
        Matter::Reminder { .. } | Matter::Missed { .. } => " Reply STOP to get no more texts.",
        _ => "",
    };
    vec![
        format!("Hello {name}. {from} {what}: {url}{stop}"),
        format!("Hello. {from} {what}: {url}{stop}"),
        format!("{from}: {url}{stop}"),
    ]
}

fn words(text: impl Into<String>) -> Block {
    Block::Words(text.into())
}

fn quote(blocks: &mut Vec<Block>, reason: &str) {
    if !reason.trim().is_empty() {
        blocks.push(Block::Quote(reason.to_owned()));
    }
}

/// What a mail program shows beside the subject, and long enough that nothing after it shows.
fn opening(sides: &Sides) -> Block {
    let business = &sides.business;
    words(format!(
        "Hello {}. This message is from {business}. It is for you and nobody else, so please read it when you are on \
         your own. If it came to you by mistake, please tell us and then delete it.",
        sides.name
    ))
}

fn reminder(blocks: &mut Vec<Block>, items: &[Item], totals: &[Money], ahead: &[Money], some_disputed: bool) {
    blocks.push(words(
        "First, is all well? If something was not right with what we sent you or did for you, please tell us before \
         you pay. We will look at it, and you need not pay that part until we have answered.",
    ));
    blocks.push(words("As far as we can see, this is still open:"));
    blocks.push(Block::List(items.iter().map(line).collect()));
    let mut sum = format!("That is {} in all.", sums(totals));
    if !ahead.is_empty() {
        sum += &format!(" We took off the {} that you paid ahead.", sums(ahead));
    }
    if some_disputed {
        sum += " We left out what you told us is not right.";
    }
    blocks.push(words(sum));
    blocks.push(words("If you have paid it in the last few days, thank you. Then there is nothing more to do."));
}

fn sums(amounts: &[Money]) -> String {
    amounts.iter().map(Money::show).collect::<Vec<_>>().join(" and ")
}

fn missed(blocks: &mut Vec<Block>, items: &[Item]) {
    blocks.push(words(
        "We agreed on some dates with you. We do not see all of the money yet. Is all well? If something went wrong, \
         please tell us. We can look for another way with you.",
    ));
    blocks.push(words("This has not come yet:"));
    blocks.push(Block::List(items.iter().map(line).collect()));
    blocks.push(words("If you have sent it in the last few days, thank you. Then there is nothing more to do."));
}

fn line(item: &Item) -> String {
    match item.number.as_str() {
        "" => format!("{}, agreed for {}", item.left.show(), show(item.due_on)),
        number => format!("Invoice {number}, due on {}: {} left to pay", show(item.due_on), item.left.show()),
    }
}

/// What can be done, the ways to object and to get help among them.
fn choices(blocks: &mut Vec<Block>, sides: &Sides, by_card: bool) {
    blocks.push(words("You have a page of your own. On it you can:"));
    let mut lines = vec!["tell us that something is not right".to_owned()];
    lines.push(if by_card { "pay by card, all of it or a part" } else { "see how things stand" }.to_owned());
    lines.push("pay a bit at a time".to_owned());
    lines.push("choose a day on which you will pay".to_owned());
    lines.push("tell us that you have paid".to_owned());
    lines.push("tell us that you can not pay right now".to_owned());
    blocks.push(Block::List(lines));
    page(blocks, sides, "Open your page");
}

fn page(blocks: &mut Vec<Block>, sides: &Sides, label: &str) {
    if let Some(url) = &sides.url {
        blocks.push(Block::Link { label: label.to_owned(), url: url.clone() });
        blocks.push(words(format!(
            "The link is only for you, so please do not pass it on. It works until {}.",
            show(sides.url_until)
        )));
    }
}

fn receipt(blocks: &mut Vec<Block>, amount: Money, paid_on: &str, reference: &str, left: &[Money]) {
    blocks.push(words(format!("Thank you. We got {} from you on {paid_on}.", amount.show())));
    let left: Vec<Money> = left.iter().copied().filter(|m| m.minor > 0).collect();
    blocks.push(words(if left.is_empty() {
        "Nothing is left to pay.".to_owned()
    } else {
        format!("Left to pay: {}.", sums(&left))
    }));
    blocks.push(words(format!("The number of this receipt is {reference}.")));
}

fn received(blocks: &mut Vec<Block>, kind: Kind, by: &str) {
    blocks.push(words(match kind {
        Kind::Dispute => format!(
            "Thank you for telling us that something is not right. We will look at it and answer by {by}. Until then \
             you need not pay the part that you told us about."
        ),
        Kind::Claim => format!(
            "Thank you for telling us that you have paid. We will look for it and answer by {by}. Until then we will \
             not ask you for it."
        ),
        Kind::Hardship => format!(
            "Thank you for telling us that you can not pay right now. That is not easy to say. We will look for a way \
             with you and answer by {by}. Until then we will not ask you for money."
        ),
    }));
}

fn resolved(blocks: &mut Vec<Block>, kind: Kind, state: State, credited: Option<Money>, answer: &str) {
    blocks.push(words(match (kind, state) {
        (_, State::Upheld) => "We have looked at what you told us. You were right, and we are sorry for the trouble.",
        (_, State::Partly) => "We have looked at what you told us. You were right in part.",
        (Kind::Claim, _) => "We have looked for the money that you told us about. We could not find it yet.",
        (Kind::Hardship, _) => "We have thought about what you told us. This is our answer.",
        (Kind::Dispute, _) => "We have looked at what you told us. We do not see it in the same way.",
    }));
    quote(blocks, answer);
    if let Some(credited) = credited {
        blocks.push(words(format!("We took {} off what is left to pay.", credited.show())));
    }
    blocks.push(words("If you think that this is wrong, please write back and tell us why."));
}

fn closing(sides: &Sides) -> Block {
    let mut text = String::from("You can write back to this message");
    if !sides.phone.is_empty() {
        text += &format!(", or call us on {}", sides.phone);
    }
    text += &format!(". We are glad to help.\n\n{}", sides.business);
    if !sides.address.is_empty() {
        text += &format!("\n{}", sides.address);
    }
    words(text)
}
