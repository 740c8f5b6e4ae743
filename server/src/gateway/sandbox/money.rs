//! Amounts: Stripe's limits on a charge (<https://docs.stripe.com/currencies>), and how they are written for people.

use super::error::ApiError;

const AMOUNT_MAX: i64 = 99_999_999;
const WITHOUT_DECIMALS: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const THREE_DECIMALS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// Refuses what Stripe refuses to charge.
pub(super) fn check(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(ApiError::invalid(format!("Invalid currency: {currency}"), "currency"));
    }
    let least = match currency {
        "gbp" => 30,
        "jpy" => 50,
        _ if WITHOUT_DECIMALS.contains(&currency) => 1,
        _ => 50,
    };
    if amount < 1 {
        Err(ApiError::invalid("This value must be greater than or equal to 1.", param)
            .code("parameter_invalid_integer"))
    } else if amount < least {
        Err(ApiError::invalid(format!("Amount must be at least {}", words(least, currency)), param)
            .code("amount_too_small"))
    } else if amount > AMOUNT_MAX {
        Err(ApiError::invalid(format!("Amount must be no more than {}", words(AMOUNT_MAX, currency)), param)
            .code("amount_too_large"))
    } else if THREE_DECIMALS.contains(&currency) && amount % 10 != 0 {
        Err(ApiError::invalid("Amounts in this currency must be a multiple of 10.", param))
    } else {
        Ok(())
    }
}

/// An amount in Stripe's units, for people: `10.50 USD`.
pub(super) fn words(amount: i64, currency: &str) -> String {
    let code = currency.to_uppercase();
    let decimals = if WITHOUT_DECIMALS.contains(&currency) {
        0
    } else if THREE_DECIMALS.contains(&currency) {
        3
    } else {
        2
    };
    let digits = format!("{amount:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if part.is_empty() { format!("{grouped} {code}") } else { format!("{grouped}.{part} {code}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_decimals() {
        assert_eq!(words(5, "usd"), "0.05 USD");
        assert_eq!(words(1050, "usd"), "10.50 USD");
        assert_eq!(words(123_456_789, "eur"), "1,234,567.89 EUR");
        assert_eq!(words(500, "jpy"), "500 JPY");
        assert_eq!(words(1230, "kwd"), "1.230 KWD");
    }

    #[test]
    fn limits_are_stripes() {
        assert!(check(50, "usd", "amount").is_ok());
        for (amount, currency) in
            [(49, "usd"), (0, "usd"), (-5, "eur"), (29, "gbp"), (100_000_000, "usd"), (1234, "kwd"), (100, "us")]
        {
            assert!(check(amount, currency, "amount").is_err(), "{amount} {currency}");
        }
    }
}
