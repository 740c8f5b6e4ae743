//! Form fields with brackets, as Stripe takes them: `line_items[0][price_data][unit_amount]=1050`.

use std::collections::BTreeMap;

use super::error::ApiError;

const PAIRS_MAX: usize = 1000;
const DEPTH_MAX: usize = 8;

/// The fields of one call, as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Params {
    root: BTreeMap<String, Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Text(String),
    Branch(BTreeMap<String, Node>),
}

impl Params {
    /// Reads `application/x-www-form-urlencoded` text: a query or a body.
    pub(super) fn read(encoded: &[u8]) -> Result<Self, ApiError> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(encoded)
            .map_err(|e| ApiError::invalid(format!("Unreadable form: {e}"), ""))?;
        if pairs.len() > PAIRS_MAX {
            return Err(ApiError::invalid("Too many parameters", ""));
        }
        let mut params = Self::default();
        for (name, value) in pairs {
            let path = path(&name).ok_or_else(|| ApiError::invalid(format!("Invalid parameter: {name}"), &name))?;
            insert(&mut params.root, &path, value)
                .ok_or_else(|| ApiError::invalid(format!("Invalid parameter: {name}"), &name))?;
        }
        Ok(params)
    }

    /// Adds the fields of `other`, which win.
    pub(super) fn extend(&mut self, other: Self) {
        self.root.extend(other.root);
    }

    /// Refuses a field that is not in `known`, as Stripe does, so that a misspelt one is noticed.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.root.keys().find(|name| *name != "expand" && !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                Err(ApiError::invalid(format!("Received unknown parameter: {unknown}"), unknown)
                    .code("parameter_unknown"))
            }
        }
    }

    /// The text at a dotted path, such as `line_items.0.quantity`; empty text counts as absent.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        match self.node(path)? {
            Node::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The text at a dotted path, which has to be there.
    pub(super) fn required(&self, path: &str) -> Result<&str, ApiError> {
        self.text(path).ok_or_else(|| {
            let name = brackets(path);
            ApiError::invalid(format!("Missing required param: {name}."), &name).code("parameter_missing")
        })
    }

    /// The whole number at a dotted path.
    pub(super) fn integer(&self, path: &str) -> Result<Option<i64>, ApiError> {
        self.text(path)
            .map(|text| {
                text.parse().map_err(|_| {
                    let name = brackets(path);
                    ApiError::invalid(format!("Invalid integer: {text}"), &name).code("parameter_invalid_integer")
                })
            })
            .transpose()
    }

    /// `true` or `false` at a dotted path; absent is false.
    pub(super) fn flag(&self, path: &str) -> Result<bool, ApiError> {
        match self.text(path) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ApiError::invalid(format!("Invalid boolean: {other}"), &brackets(path))),
        }
    }

    /// The names below a dotted path: the indexes of a list.
    pub(super) fn names(&self, path: &str) -> Vec<&str> {
        match self.node(path) {
            Some(Node::Branch(branch)) => branch.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The texts below a dotted path by name: metadata, or a list.
    pub(super) fn texts(&self, path: &str) -> BTreeMap<String, String> {
        let Some(Node::Branch(branch)) = self.node(path) else {
            return BTreeMap::new();
        };
        branch
            .iter()
            .filter_map(|(name, node)| match node {
                Node::Text(text) => Some((name.clone(), text.clone())),
                Node::Branch(_) => None,
            })
            .collect()
    }

    fn node(&self, path: &str) -> Option<&Node> {
        let mut parts = path.split('.');
        let mut node = self.root.get(parts.next()?)?;
        for part in parts {
            match node {
                Node::Branch(branch) => node = branch.get(part)?,
                Node::Text(_) => return None,
            }
        }
        Some(node)
    }
}

fn path(name: &str) -> Option<Vec<&str>> {
    let (first, mut rest) = match name.find('[') {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    if first.is_empty() {
        return None;
    }
    let mut path = vec![first];
    while !rest.is_empty() {
        let (part, after) = rest.strip_prefix('[')?.split_once(']')?;
        path.push(part);
        rest = after;
    }
    (path.len() <= DEPTH_MAX).then_some(path)
}

fn insert(branch: &mut BTreeMap<String, Node>, path: &[&str], value: String) -> Option<()> {
    let (first, rest) = path.split_first()?;
    // `expand[]=a&expand[]=b` is a list without written indexes.
    let name = if first.is_empty() { branch.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        branch.insert(name, Node::Text(value));
        return Some(());
    }
    let below = branch.entry(name).or_insert_with(|| Node::Branch(BTreeMap::new()));
    match below {
        Node::Branch(branch) => insert(branch, rest, value),
        Node::Text(_) => None,
    }
}

/// `a.b.0` as the caller wrote it: `a[b][0]`.
fn brackets(path: &str) -> String {
    let mut parts = path.split('.');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        name.push('[');
        name.push_str(part);
        name.push(']');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_a_tree() {
        let params = Params::read(
            b"mode=payment&line_items[0][price_data][unit_amount]=1050&metadata[attempt_id]=a%26b\
              &expand[]=x&expand[]=y.z&empty=",
        )
        .unwrap();
        assert_eq!(params.text("mode"), Some("payment"));
        assert_eq!(params.integer("line_items.0.price_data.unit_amount"), Ok(Some(1050)));
        assert_eq!(params.texts("metadata")["attempt_id"], "a&b");
        assert_eq!(params.texts("expand").into_values().collect::<Vec<_>>(), ["x", "y.z"]);
        assert_eq!(params.names("line_items"), ["0"]);
        assert_eq!(params.text("empty"), None);
    }

    #[test]
    fn a_name_that_is_no_path_is_refused() {
        for name in ["", "[a]", "a[b", "a]b[", "a[b]c", "a[1][2][3][4][5][6][7][8][9]"] {
            let encoded = serde_urlencoded::to_string([(name, "1")]).unwrap();
            assert!(Params::read(encoded.as_bytes()).is_err(), "{name}");
        }
        assert!(Params::read(b"a=1&a[b]=2").is_err());
    }

    #[test]
    fn unknown_and_missing_fields_are_named_as_they_were_written() {
        let params = Params::read(b"amuont=5").unwrap();
        assert_eq!(params.only(&["amount"]).unwrap_err().body("r").pointer("/error/param"), Some(&"amuont".into()));
        let missing = params.required("line_items.0.price_data.currency").unwrap_err().body("r");
        assert_eq!(missing["error"]["param"], "line_items[0][price_data][currency]");
    }
}
