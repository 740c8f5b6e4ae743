//! Test cards and what becomes of them: Stripe's own numbers (<https://docs.stripe.com/testing>) and three that
//! exist only here.

/// What a card does when it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// The money arrives at once.
    Succeeds,
    /// The bank refuses.
    Declines(Decline),
    /// The holder has to prove who they are; a saved card has done so already.
    Challenges,
    /// The holder has to prove who they are every time.
    AlwaysChallenges,
    /// The bank answers after a while, and says yes.
    Slow,
    /// The bank does not answer until it is told to.
    Silent,
    /// Works on the page, is refused when it is charged later.
    DeclinesLater,
}

/// Why a card is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decline {
    pub(super) code: &'static str,
    pub(super) decline_code: Option<&'static str>,
    pub(super) message: &'static str,
}

const fn declined(reason: &'static str, message: &'static str) -> Decline {
    Decline { code: "card_declined", decline_code: Some(reason), message }
}

pub(super) const GENERIC: Decline = declined("generic_decline", "Your card was declined.");
pub(super) const INSUFFICIENT: Decline = declined("insufficient_funds", "Your card has insufficient funds.");
const NOT_A_TEST_CARD: Decline =
    declined("test_mode_live_card", "Your card was declined. This page takes only the test cards it lists.");
pub(super) const NOT_AUTHENTICATED: Decline = Decline {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "We could not confirm that it is you. Please choose a different card and try again.",
};
pub(super) const AUTHENTICATION_REQUIRED: Decline = Decline {
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    message: "Your card was declined. This transaction requires authentication.",
};
pub(super) const INCORRECT_NUMBER: Decline =
    Decline { code: "incorrect_number", decline_code: None, message: "Your card number is incorrect." };
const EXPIRED: Decline = Decline { code: "expired_card", decline_code: None, message: "Your card has expired." };

/// One of the test cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TestCard {
    pub(super) number: &'static str,
    /// What the hosted page says about it.
    pub(super) label: &'static str,
    pub(super) behaviour: Behaviour,
}

const fn test(number: &'static str, label: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { number, label, behaviour }
}

/// Every card this stand-in knows.
pub(super) const TEST_CARDS: [TestCard; 10] = [
    test("4242424242424242", "Succeeds", Behaviour::Succeeds),
    test("4000000000000002", "Is declined", Behaviour::Declines(GENERIC)),
    test("4000000000009995", "Has insufficient funds", Behaviour::Declines(INSUFFICIENT)),
    test("4000000000000069", "Has expired", Behaviour::Declines(EXPIRED)),
    test("4000002500003155", "Asks for 3-D Secure, once", Behaviour::Challenges),
    test("4000002760003184", "Asks for 3-D Secure every time", Behaviour::AlwaysChallenges),
    test("4000000000001000", "Is slow, then succeeds", Behaviour::Slow),
    test("4000000000002008", "Never answers", Behaviour::Silent),
    test("4000000000003006", "Succeeds now, is declined when charged later", Behaviour::DeclinesLater),
    test("5555555555554444", "Succeeds (Mastercard)", Behaviour::Succeeds),
];

/// A card as it was typed: only its last digits are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) last4: String,
    pub(super) brand: &'static str,
    pub(super) behaviour: Behaviour,
}

impl Card {
    /// Reads a typed number; spaces and hyphens do not count.
    pub(super) fn read(typed: &str) -> Result<Self, Decline> {
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if !(12..=19).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) || !luhn(&digits) {
            return Err(INCORRECT_NUMBER);
        }
        let known = TEST_CARDS.iter().find(|card| card.number == digits);
        Ok(Self {
            last4: digits.split_at(digits.len() - 4).1.to_owned(),
            brand: match digits.as_bytes().first() {
                Some(b'4') => "visa",
                Some(b'5') => "mastercard",
                _ => "unknown",
            },
            behaviour: known.map_or(Behaviour::Declines(NOT_A_TEST_CARD), |card| card.behaviour),
        })
    }
}

/// The check digit of ISO/IEC 7812.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_can_be_typed() {
        for card in TEST_CARDS {
            assert_eq!(Card::read(card.number).unwrap().behaviour, card.behaviour, "{}", card.number);
        }
        let typed = Card::read("4000 0025 0000 3155").unwrap();
        assert_eq!((typed.last4.as_str(), typed.brand), ("3155", "visa"));
    }

    #[test]
    fn a_wrong_number_and_a_real_card_take_no_money() {
        for typed in ["", "4242", "4242 4242 4242 4241", "４２４２", "4242-4242-4242-424x"] {
            assert_eq!(Card::read(typed), Err(INCORRECT_NUMBER), "{typed}");
        }
        // A number with a right check digit that is no test card.
        let real = Card::read("4111 1111 1111 1111").unwrap();
        assert_eq!(real.behaviour, Behaviour::Declines(NOT_A_TEST_CARD));
    }
}
