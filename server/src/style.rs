//! The pages' styles, put together when the server is compiled and made small once when it starts.

use crate::gzip;
use std::sync::LazyLock;

/// What the portal's pages carry inline.
pub static PORTAL_CSS: LazyLock<Styles> = LazyLock::new(|| Styles::new(minify(PORTAL)));
/// What the console's pages carry inline.
pub static CONSOLE_CSS: LazyLock<Styles> = LazyLock::new(|| Styles::new(minify(CONSOLE)));

/// Styles that many pages carry.
#[derive(Debug)]
pub struct Styles {
    /// As they stand in a page.
    pub text: String,
    /// The same as [`gzip::piece`].
    pub piece: Vec<u8>,
}

impl Styles {
    /// Styles, compressed here once for all.
    pub fn new(text: String) -> Self {
        let piece = gzip::piece(text.as_bytes());
        Self { text, piece }
    }
}

const PORTAL: &str = concat!(
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../style/page.css"),
    include_str!("../../style/card.css"),
    include_str!("../../style/form.css"),
    include_str!("../../style/notice.css"),
    include_str!("../../style/account.css"),
);

const CONSOLE: &str = concat!(
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../style/page.css"),
    include_str!("../../style/card.css"),
    include_str!("../../style/form.css"),
    include_str!("../../style/notice.css"),
    include_str!("../../style/console-frame.css"),
    include_str!("../../style/console-lists.css"),
    include_str!("../../style/console-pages.css"),
);

/// Drops comments, line breaks and the spaces that mean nothing. Spaces before a colon and around `+` and `-` may
/// mean something and stay; what stands in quotes is not touched.
fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        if !quoted && rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        quoted ^= c == '"';
        let space = c.is_ascii_whitespace() && !quoted;
        if space
            && (rest.starts_with(is_tight)
                || rest.starts_with(|n: char| n.is_ascii_whitespace())
                || rest.starts_with("/*"))
        {
            continue;
        }
        if space && (out.is_empty() || out.ends_with(is_tight) || out.ends_with([':', ' '])) {
            continue;
        }
        if c == '}' && out.ends_with(';') {
            out.pop();
        }
        out.push(if space { ' ' } else { c });
    }
    out
}

fn is_tight(c: char) -> bool {
    matches!(c, '{' | '}' | ';' | ',' | '>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_nothing_is_dropped() {
        let css = "/* a */\na > b, c :hover {\n  margin: 0 1px;\n  width: calc(1px + 2px);\n}\n/* b */ d::before { content: \"/* x  \"; }\n";
        assert_eq!(minify(css), "a>b,c :hover{margin:0 1px;width:calc(1px + 2px)}d::before{content:\"/* x  \"}");
    }

    #[test]
    fn the_portal_leaves_room_for_its_pages() {
        assert!(PORTAL_CSS.text.len() < 14_000, "{} bytes before compression", PORTAL_CSS.text.len());
        assert!(CONSOLE_CSS.text.contains(".button") && !CONSOLE_CSS.text.contains("/*"));
    }

    /// A style attribute would be refused by the pages' Content-Security-Policy, and so would a style from elsewhere.
    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for css in [&PORTAL_CSS.text, &CONSOLE_CSS.text] {
            assert!(!css.contains("url(") && !css.contains("@import"));
        }
    }
}
