//! Stripe's smallest units where they differ from ISO 4217's (<https://docs.stripe.com/currencies>).

/// Currencies without decimals in ISO 4217 that Stripe counts in hundredths, for its own history's sake.
const HUNDREDTHS: [&str; 2] = ["isk", "ugx"];
/// Currencies with two decimals in ISO 4217 that Stripe counts in whole units.
const WHOLE: [&str; 1] = ["mga"];
/// Currencies with three decimals, of which Stripe takes only multiples of ten.
const TENS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// `amount_minor` of `currency` (ISO 4217, lower case) as Stripe wants it; `None` where Stripe cannot charge it.
#[must_use]
pub fn to_stripe(amount_minor: i64, currency: &str) -> Option<i64> {
    if HUNDREDTHS.contains(&currency) {
        amount_minor.checked_mul(100)
    } else if WHOLE.contains(&currency) {
        (amount_minor % 100 == 0).then_some(amount_minor / 100)
    } else if TENS.contains(&currency) {
        (amount_minor % 10 == 0).then_some(amount_minor)
    } else {
        Some(amount_minor)
    }
}

/// What Stripe calls `amount`, in ISO 4217 minor units; `None` where it is not a whole number of them.
#[must_use]
pub fn from_stripe(amount: i64, currency: &str) -> Option<i64> {
    if HUNDREDTHS.contains(&currency) {
        (amount % 100 == 0).then_some(amount / 100)
    } else if WHOLE.contains(&currency) {
        amount.checked_mul(100)
    } else {
        Some(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripe_counts_some_currencies_its_own_way() {
        for (minor, currency, stripe) in [
            (1050, "usd", Some(1050)),
            (500, "jpy", Some(500)),
            (500, "isk", Some(50_000)),
            (500, "ugx", Some(50_000)),
            (500, "mga", Some(5)),
            (510, "mga", None),
            (1230, "kwd", Some(1230)),
            (1234, "kwd", None),
            (i64::MAX, "isk", None),
        ] {
            assert_eq!(to_stripe(minor, currency), stripe, "{minor} {currency}");
            if let Some(stripe) = stripe {
                assert_eq!(from_stripe(stripe, currency), Some(minor));
            }
        }
        assert_eq!(from_stripe(150, "isk"), None);
        // What the rules plan in steps is what can be charged.
        for code in TENS.iter().chain(&WHOLE).chain(&["gbp", "jpy", "huf", "isk", "iqd"]) {
            let step = kept_domain::money::Currency::parse(code).unwrap().step_minor();
            assert!(to_stripe(7 * step, code).is_some(), "{code}");
            assert!(step == 1 || to_stripe(7 * step + 1, code).is_none(), "{code}");
        }
    }
}
