//! Listings, newest first, page by page (<https://docs.stripe.com/api/pagination>).

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Object, Shelf},
    error::ApiError,
    form::Params,
};

/// The fields every listing takes.
pub(super) const LIST_PARAMS: [&str; 4] = ["created", "ending_before", "limit", "starting_after"];

/// One page of what `keep` lets through, as `params` ask.
pub(super) fn page<T: Object>(
    shelf: &Shelf<T>,
    books: &Books,
    params: &Params,
    url: &str,
    keep: impl Fn(&T) -> bool,
) -> Result<Value, ApiError> {
    let limit = match params.integer("limit")? {
        None => 10,
        Some(limit @ 1..=100) => usize::try_from(limit).unwrap_or(10),
        Some(_) => {
            return Err(ApiError::invalid("Invalid integer: limit must be between 1 and 100", "limit"));
        }
    };
    let created = Range::read(params)?;
    let mut found: Vec<&T> = shelf.all().rev().filter(|item| keep(item) && created.holds(item.created_s())).collect();
    let place = |name: &str| -> Result<Option<usize>, ApiError> {
        let Some(id) = params.text(name) else {
            return Ok(None);
        };
        let place = found.iter().position(|item| item.id() == id);
        place.map(Some).ok_or_else(|| ApiError::invalid(format!("No such object: '{id}'"), name))
    };
    let (after, before) = (place("starting_after")?, place("ending_before")?);
    let has_more;
    if let Some(before) = before {
        found.truncate(before);
        let skipped = found.len().saturating_sub(limit);
        has_more = skipped > 0;
        found.drain(..skipped);
    } else {
        found.drain(..after.map_or(0, |after| after + 1));
        has_more = found.len() > limit;
        found.truncate(limit);
    }
    let expand = Expand::new(params.texts("expand").into_values())?.below("data").unwrap_or_default();
    let data: Vec<Value> = found.iter().map(|item| item.json(books, &expand)).collect();
    Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": data }))
}

/// The `created` filter: a moment, or bounds.
struct Range {
    from_s: i64,
    to_s: i64,
}

impl Range {
    fn read(params: &Params) -> Result<Self, ApiError> {
        if let Some(at_s) = params.integer("created")? {
            return Ok(Self { from_s: at_s, to_s: at_s });
        }
        let above = params.integer("created.gt")?.map(|bound| bound.saturating_add(1));
        let below = params.integer("created.lt")?.map(|bound| bound.saturating_sub(1));
        Ok(Self {
            from_s: above.max(params.integer("created.gte")?).unwrap_or(i64::MIN),
            to_s: below.into_iter().chain(params.integer("created.lte")?).min().unwrap_or(i64::MAX),
        })
    }

    fn holds(&self, at_s: i64) -> bool {
        (self.from_s..=self.to_s).contains(&at_s)
    }
}
