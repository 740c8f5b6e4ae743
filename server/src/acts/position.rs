//! Position: what a debtor owes in each currency, as every act and page sees it.

use crate::store::invoice::{self, Standing};
use crate::store::{Error, Query, ledger};
use kept_domain::dispute::Open;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::ledger::Owed;
use kept_domain::money::Currency;

/// What is owed in one currency.
#[derive(Clone, Debug)]
pub struct Position {
    /// The currency of every amount.
    pub currency: Currency,
    /// Invoices that have something left, oldest first.
    pub open: Vec<Standing>,
    /// Minor units left on them.
    pub left_minor: i64,
    /// Minor units of that in dispute.
    pub disputed_minor: i64,
    /// Minor units paid ahead and not yet put towards an invoice.
    pub on_account_minor: i64,
}

impl Position {
    /// What is asked for today, in minor units: what is left, less what is disputed and what was paid ahead.
    pub fn owed_minor(&self) -> i64 {
        (self.left_minor - self.disputed_minor - self.on_account_minor).max(0)
    }

    /// What is asked for and past due on `today`, in minor units.
    pub fn overdue_minor(&self, today: chrono::NaiveDate) -> i64 {
        let late: i64 =
            self.open.iter().filter(|s| s.invoice.due_on < today).map(|s| s.left_minor - s.disputed_minor).sum();
        late.min(self.owed_minor())
    }

    /// The invoices for a payment's allocation.
    pub fn for_payment(&self) -> Vec<Owed> {
        self.open
            .iter()
            .map(|s| Owed {
                invoice: s.invoice.id.clone(),
                due_on: s.invoice.due_on,
                left_minor: s.left_minor,
                disputed_minor: s.disputed_minor,
            })
            .collect()
    }

    /// The invoices for a dispute: what is not disputed yet.
    pub fn for_dispute(&self) -> Vec<Open> {
        self.open
            .iter()
            .map(|s| Open {
                invoice: s.invoice.id.clone(),
                due_on: s.invoice.due_on,
                left_minor: s.left_minor - s.disputed_minor,
            })
            .collect()
    }

    /// The invoices that a commitment covers: id, number and the undisputed minor units left.
    pub fn for_commitment(&self) -> Vec<(InvoiceId, String, i64)> {
        self.open
            .iter()
            .filter(|s| s.left_minor > s.disputed_minor)
            .map(|s| (s.invoice.id.clone(), s.invoice.number.clone(), s.left_minor - s.disputed_minor))
            .collect()
    }
}

/// What a debtor owes, a position for each currency in which something is open or paid ahead.
pub async fn load(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Position>, Error> {
    let open = invoice::list_open(q, business, debtor).await?;
    let on_account = ledger::on_account(q, business, debtor).await?;
    Ok(of(open, &on_account))
}

/// Positions from open invoices and what is on account, as [`ledger::on_account`] tells it, in the order of the currencies.
pub fn of(open: Vec<Standing>, on_account: &[(Currency, i64)]) -> Vec<Position> {
    let mut positions: Vec<Position> = Vec::new();
    let empty =
        |currency| Position { currency, open: Vec::new(), left_minor: 0, disputed_minor: 0, on_account_minor: 0 };
    for (currency, minor) in on_account {
        positions.push(Position { on_account_minor: -minor, ..empty(*currency) });
    }
    for standing in open {
        let currency = standing.invoice.currency;
        let at = positions.iter().position(|p| p.currency == currency).unwrap_or_else(|| {
            positions.push(empty(currency));
            positions.len() - 1
        });
        let Some(p) = positions.get_mut(at) else { continue };
        p.left_minor += standing.left_minor;
        p.disputed_minor += standing.disputed_minor;
        p.open.push(standing);
    }
    positions.sort_by(|a, b| a.currency.code().cmp(b.currency.code()));
    positions.retain(|p| !p.open.is_empty() || p.on_account_minor != 0);
    positions
}

/// The position in one currency.
pub async fn load_in(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    currency: Currency,
) -> Result<Option<Position>, Error> {
    Ok(load(q, business, debtor).await?.into_iter().find(|p| p.currency == currency))
}
