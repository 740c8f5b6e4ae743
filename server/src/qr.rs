//! QR codes as the path of a picture, a unit each module.

use fast_qr::{ECL, QRBuilder};

/// What a code looks like: the path of its dark modules, and how many modules it is wide. `None` where the text does not
/// fit into one.
pub fn picture(text: &str, level: ECL) -> Option<(String, usize)> {
    let code = QRBuilder::new(text).ecl(level).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        let dark = |x: usize| code[y].get(x).is_some_and(|module| module.value());
        let mut x = 0;
        while x < code.size {
            let run = (x..code.size).take_while(|at| dark(*at)).count();
            if run > 0 {
                path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    Some((path, code.size))
}
