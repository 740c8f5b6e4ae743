//! Mail that came back or was answered.

use kept_intake::inbound::{Said, WORDS_CHARS_MAX, bounded, own_words, read, return_path};

/// Reads a message.
pub fn target(bytes: &[u8]) {
    if let Some(message) = read(bytes) {
        match &message.said {
            Said::Bounce { recipient, why, .. } => {
                assert_eq!(recipient, &recipient.to_lowercase());
                assert!(why.chars().count() <= 300, "{why}");
            }
            Said::Machine => {}
            Said::Person { subject, words } => {
                assert!(subject.chars().count() <= 200 && !subject.contains('\n'), "{subject:?}");
                assert!(words.chars().count() <= WORDS_CHARS_MAX);
                assert!(!words.chars().any(|c| c.is_control() && c != '\n'), "{words:?}");
            }
        }
        assert_eq!(read(bytes).as_ref(), Some(&message), "the same message says the same");
    }
    let text = String::from_utf8_lossy(bytes);
    let own = own_words(&text);
    assert!(!own.lines().any(|line| line.trim_start().starts_with('>')), "what is quoted is not their own: {own:?}");
    let short = bounded(&text, 50);
    assert_eq!(bounded(&short, 50), short);
    // A message of ours that comes back to its return path tells which one it was.
    if let Some(path) = return_path("bounces@example.com", "0190a1b2-1@pay.example.com") {
        let back = format!("To: <{path}>\r\n\r\n{text}");
        let about = read(back.as_bytes()).map(|m| m.about).unwrap_or_default();
        assert!(about.iter().any(|id| id == "0190a1b2-1@pay.example.com"), "{about:?}");
    }
}
