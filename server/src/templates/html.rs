//! A message as HTML that mail programs show alike: written in MJML and laid out by mrml. Nothing in it is fetched from
//! anywhere, so that nobody learns whether and when it was read.

use super::{Block, Written, visible};
use mrml::prelude::render::RenderOptions;
use std::collections::HashMap;

/// What stands around every message.
const FRAME: &str = include_str!("mail.mjml");

impl Written {
    /// As HTML.
    pub fn html(&self) -> String {
        let body: String = self.blocks.iter().map(markup).collect();
        let document = FRAME
            .replace("LANGUAGE", self.language.code())
            .replace("TITLE", &escaped(&visible(&self.subject)))
            .replace("BODY", &body);
        // Fonts would be fetched.
        let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
        let laid_out = mrml::parse(&document).ok().and_then(|parsed| parsed.element.render(&options).ok());
        // Whatever stands in the way of the layout, the words arrive.
        laid_out.unwrap_or_else(|| format!("<pre style=\"white-space:pre-wrap\">{}</pre>", escaped(&self.text())))
    }
}

fn markup(block: &Block) -> String {
    let words = |inner: &str| format!("<mj-text css-class=\"words\">{inner}</mj-text>\n");
    match block {
        Block::Words(text) => words(&broken(text)),
        Block::List(lines) => {
            let lines: String = lines.iter().map(|line| format!("<li>{}</li>", escaped(&visible(line)))).collect();
            words(&format!("<ul>{lines}</ul>"))
        }
        Block::Link { label, url } => {
            format!("<mj-button css-class=\"open\" href=\"{}\">{}</mj-button>\n", escaped(url), escaped(label))
        }
        Block::Quote(text) => words(&format!("<blockquote>{}</blockquote>", broken(text))),
        Block::Code(code) => format!(
            "<mj-text css-class=\"words\" font-size=\"26px\" font-weight=\"700\" letter-spacing=\"6px\">{}</mj-text>\n",
            escaped(code)
        ),
    }
}

fn broken(text: &str) -> String {
    escaped(&visible(text)).replace('\n', "<br />\n")
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
