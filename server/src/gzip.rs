//! Pages, compressed. Most of a page are its styles, which never change: they are compressed once, when the server
//! starts, and stand between two pieces of a page as they are.

use axum::http::{HeaderMap, header};
use flate2::{Compress, Compression, Crc, FlushCompress};

/// What never changes is compressed as well as it can be.
const ONCE: Compression = Compression::best();
/// What is compressed for every visitor anew: beyond this it costs far more than the few dozen bytes that are left to
/// save.
const EACH_TIME: Compression = Compression::new(4);
/// Ten bytes before a gzip member: deflate, no name, no time, no system (RFC 1952).
const BEFORE: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A piece of deflate (RFC 1951) that ends at a whole byte and looks at nothing before it, so that it fits between any
/// two others.
pub fn piece(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 2 + 64);
    write(&mut Compress::new(ONCE, false), text, &mut out, FlushCompress::Full);
    out
}

/// A whole page: `before`, then `text` of which `piece` was made, then `after`.
pub fn whole(before: &[u8], text: &[u8], piece: &[u8], after: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(BEFORE.len() + before.len() + piece.len() + after.len() / 2 + 64);
    out.extend_from_slice(&BEFORE);
    let mut compress = Compress::new(EACH_TIME, false);
    write(&mut compress, before, &mut out, FlushCompress::Full);
    out.extend_from_slice(piece);
    write(&mut compress, after, &mut out, FlushCompress::Finish);
    let mut sum = Crc::new();
    for part in [before, text, after] {
        sum.update(part);
    }
    out.extend_from_slice(&sum.sum().to_le_bytes());
    out.extend_from_slice(&sum.amount().to_le_bytes());
    out
}

fn write(compress: &mut Compress, mut text: &[u8], out: &mut Vec<u8>, flush: FlushCompress) {
    loop {
        // Deflate makes nothing longer than by a few bytes for every 16 KB and at the end.
        out.reserve(text.len() + text.len() / 1000 + 64);
        let (read, room) = (compress.total_in(), out.capacity());
        let done = compress.compress_vec(text, out, flush);
        let read = usize::try_from(compress.total_in() - read).unwrap_or(text.len());
        text = text.get(read..).unwrap_or_default();
        if done.is_err() || (text.is_empty() && out.len() < room) {
            return;
        }
    }
}

/// Whether `Accept-Encoding` names `gzip` with a weight above zero (RFC 9110, section 12.5.3).
pub fn is_taken(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).any(
        |coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            named && !parts.any(|part| part.trim_start_matches(['q', 'Q', '=']).parse() == Ok(0.0f32))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("br", false),
            ("*", false),
            ("", false),
        ] {
            let mut request = HeaderMap::new();
            request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(is_taken(&request), expected, "{header}");
        }
        assert!(!is_taken(&HeaderMap::new()));
    }
}
