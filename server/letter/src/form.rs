//! Paper and envelopes: where a letter's parts stand so that the address, and nothing else, shows through the window.

use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

/// A part of the first page, in millimetres from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// From the left edge.
    pub x: f64,
    /// From the upper edge.
    pub y: f64,
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

const fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
    Area { x, y, width, height }
}

impl Area {
    /// Whether a point lies in it.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        (self.x..=self.x + self.width).contains(&x) && (self.y..=self.y + self.height).contains(&y)
    }

    fn dict(&self) -> Dict {
        dict! { "x" => self.x, "y" => self.y, "width" => self.width, "height" => self.height }
    }
}

/// A sheet with the envelope that it is made for. A folded sheet is smaller than its envelope and slides in it, so that
/// a window has two areas: what shows however the sheet lies, and what may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A4 as DIN 5008 form B has it: folded at 105 and 210 mm, DL or C6/5 with a window of 90 by 45 mm, 20 mm from the
    /// left and 15 mm from the bottom (DIN 680).
    DinB,
    /// A4 in thirds, DL with a window of 90 by 35 mm, 20 mm from the left and 18 mm from the bottom (BS 4264).
    LeftWindow,
    /// A4 in thirds, DL with a window of 100 by 35 or by 45 mm, 20 mm from the right and 20 mm from the bottom (NF Z 11-001).
    RightWindow,
    /// US Letter in thirds, number 10 with two windows: the sender's in 3/8 by 2 1/2 inches, the recipient's in 1/2 by 5/8
    /// inches from the lower left corner.
    UsDouble,
}

/// Where the parts stand.
struct Measures {
    page: (f64, f64),
    left: f64,
    right: f64,
    /// Where the sender's name stands.
    head: Area,
    /// The size of the sender's name, in points.
    name_pt: f64,
    /// Whether the sender's address stands below the name, for a window of its own.
    sender_window: bool,
    /// The sender's address and numbers, the reference and the date.
    info: Area,
    /// The recipient's address.
    to: Area,
    /// What shows of the recipient's window however the sheet lies.
    window: Area,
    /// What may show of it.
    seen: Area,
    /// Where the subject begins.
    body: f64,
    /// Marks at the left edge: where to fold and where to punch.
    marks: &'static [f64],
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::DinB, Self::LeftWindow, Self::RightWindow, Self::UsDouble];

    /// The name in a configuration.
    pub fn code(self) -> &'static str {
        match self {
            Self::DinB => "din-b",
            Self::LeftWindow => "left-window",
            Self::RightWindow => "right-window",
            Self::UsDouble => "us-double",
        }
    }

    /// Reads a name written by [`Form::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }

    /// What is customary in a country, by its ISO 3166 code.
    pub fn of_country(code: &str) -> Self {
        match code {
            "DE" | "AT" | "CH" | "LI" => Self::DinB,
            "FR" | "BE" | "LU" | "MC" | "ES" => Self::RightWindow,
            "US" | "PR" => Self::UsDouble,
            _ => Self::LeftWindow,
        }
    }

    /// What shows of the recipient's window however the sheet lies: the whole address stands in it.
    pub fn window(self) -> Area {
        self.parts().window
    }

    /// What may show of the window: nothing but the address stands in it.
    pub fn seen(self) -> Area {
        self.parts().seen
    }

    /// The paper, in millimetres.
    pub fn page(self) -> (f64, f64) {
        self.parts().page
    }

    fn parts(self) -> Measures {
        const A4: (f64, f64) = (210.0, 297.0);
        match self {
            Self::DinB => Measures {
                page: A4,
                left: 25.0,
                right: 20.0,
                head: area(25.0, 16.0, 165.0, 22.0),
                name_pt: 16.0,
                sender_window: false,
                info: area(125.0, 50.0, 65.0, 46.0),
                to: area(25.0, 58.0, 75.0, 31.0),
                window: area(20.0, 50.0, 80.0, 40.0),
                seen: area(10.0, 45.0, 100.0, 50.0),
                body: 103.5,
                marks: &[105.0, 148.5, 210.0],
            },
            Self::LeftWindow => Measures {
                page: A4,
                left: 25.0,
                right: 20.0,
                head: area(25.0, 16.0, 165.0, 22.0),
                name_pt: 16.0,
                sender_window: false,
                info: area(125.0, 48.0, 65.0, 46.0),
                to: area(25.0, 57.5, 74.0, 23.0),
                window: area(20.0, 57.0, 80.0, 24.0),
                seen: area(10.0, 46.0, 100.0, 46.0),
                body: 100.0,
                marks: &[],
            },
            Self::RightWindow => Measures {
                page: A4,
                left: 25.0,
                right: 20.0,
                head: area(25.0, 14.0, 165.0, 18.0),
                name_pt: 16.0,
                sender_window: false,
                info: area(25.0, 44.0, 60.0, 48.0),
                to: area(105.0, 55.5, 80.0, 23.0),
                window: area(100.0, 55.0, 90.0, 24.0),
                seen: area(90.0, 34.0, 110.0, 56.0),
                body: 100.0,
                marks: &[],
            },
            // A sheet in a number 10 lies on the lower fold; it is counted on to rise by 4 mm, not to the top.
            Self::UsDouble => Measures {
                page: (215.9, 279.4),
                left: 20.0,
                right: 20.0,
                head: area(15.2, 12.0, 57.0, 17.5),
                name_pt: 10.0,
                sender_window: true,
                info: area(127.0, 12.0, 63.5, 46.0),
                to: area(15.2, 56.5, 73.0, 20.5),
                window: area(12.7, 55.9, 76.2, 21.4),
                seen: area(0.0, 51.8, 114.3, 37.1),
                body: 100.0,
                marks: &[],
            },
        }
    }

    /// The measures as the typesetter is handed them.
    pub(crate) fn measures(self) -> Value {
        let m = self.parts();
        let marks: Array = m.marks.iter().map(|y| y.into_value()).collect();
        dict! {
            "width" => m.page.0,
            "height" => m.page.1,
            "left" => m.left,
            "right" => m.right,
            "head" => m.head.dict(),
            "name_pt" => m.name_pt,
            "sender_window" => m.sender_window,
            "info" => m.info.dict(),
            "to" => m.to.dict(),
            "body" => m.body,
            "marks" => marks,
        }
        .into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlaps(a: &Area, b: &Area) -> bool {
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }

    #[test]
    fn only_the_address_is_where_the_window_may_be() {
        for form in Form::ALL {
            let m = form.parts();
            let corners = [(m.to.x, m.to.y), (m.to.x + m.to.width, m.to.y + m.to.height)];
            assert!(corners.iter().all(|(x, y)| m.window.holds(*x, *y)), "{form:?}");
            let shown = [(m.window.x, m.window.y), (m.window.x + m.window.width, m.window.y + m.window.height)];
            assert!(shown.iter().all(|(x, y)| m.seen.holds(*x, *y)), "{form:?}");
            assert!(!overlaps(&m.head, &m.seen) && !overlaps(&m.info, &m.seen), "{form:?}");
            assert!(!overlaps(&m.head, &m.info) && m.body > m.seen.y + m.seen.height, "{form:?}");
            assert!(m.body >= m.info.y + m.info.height, "{form:?}");
            assert_eq!(Form::parse(form.code()), Some(form));
        }
    }
}
