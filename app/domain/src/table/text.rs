//! Texts from outside: bounded, and without characters that hide what they are.

/// A text from outside as a message may repeat it: short and without control characters.
pub fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(60).map(|c| if is_control(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

/// Characters that no text from a file may hold: controls, and marks that turn the direction of writing, which make
/// a text look like another one.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Why a text is not taken.
fn text_reason(text: &str, chars_max: usize) -> Option<String> {
    if let Some(c) = text.chars().find(|c| is_control(*c)) {
        return Some(format!("holds a control character (U+{:04X})", u32::from(c)));
    }
    let chars = text.chars().count();
    (chars > chars_max).then(|| format!("has {chars} characters; at most {chars_max} are taken"))
}

/// Reads a text of one line.
pub fn read_text(text: &str, chars_max: usize) -> Result<String, String> {
    text_reason(text, chars_max).map_or_else(|| Ok(text.to_owned()), Err)
}

/// Reads a text of several lines, each trimmed; empty lines are left out.
pub fn read_lines(text: &str, chars_max: usize) -> Result<String, String> {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|l| !l.is_empty()).collect();
    if let Some(reason) = text_reason(&lines.concat(), chars_max) {
        return Err(reason);
    }
    Ok(lines.join("\n"))
}

/// Reads an e-mail address; empty is fine.
pub fn read_email(text: &str) -> Result<String, String> {
    let text = read_text(text, 254)?;
    let fits = text.is_empty()
        || text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
                && !text.chars().any(|c| c.is_whitespace() || "<>()[],;:\\\"@".contains(c) && c != '@')
                && !host.contains('@')
        });
    if fits { Ok(text) } else { Err(format!("“{}” is not an e-mail address", shown(&text))) }
}

/// Reads a yes or no in several languages; empty is no.
pub fn read_flag(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "" | "no" | "n" | "false" | "0" | "nein" | "non" | "nee" | "f" | "-" => Ok(false),
        "yes" | "y" | "true" | "1" | "ja" | "j" | "oui" | "si" | "sí" | "s" | "x" | "t" => Ok(true),
        _ => Err(format!("“{}” is neither yes nor no", shown(text))),
    }
}
