//! The people of the demo: who they are, what they were invoiced, what they did. All names and addresses are invented.

use kept_domain::calendar::Frequency;
use kept_domain::dispute::{Kind, Reason};

/// One person or company, and their story.
pub struct Person {
    /// The situation that they stand for, as `kept demo` prints it.
    pub situation: &'static str,
    /// The business's reference for them.
    pub reference: &'static str,
    /// Their name.
    pub name: &'static str,
    /// Empty where the business has none.
    pub email: &'static str,
    /// Their postcode: the answer to the identity question.
    pub postcode: &'static str,
    /// `person` or `company`.
    pub kind: &'static str,
    /// Their invoices.
    pub invoices: &'static [Bill],
    /// What happened, each so many days ago.
    pub story: &'static [(i64, Deed)],
}

/// An invoice: number, days ago issued, days ago due (negative is to come), amount, currency, what for.
pub struct Bill(pub &'static str, pub i64, pub i64, pub &'static str, pub &'static str, pub &'static str);

/// Something that happened.
#[derive(Clone, Copy)]
pub enum Deed {
    /// They agreed instalments inside the terms: how many, how often, days until the first.
    Plan(u32, Frequency, i64),
    /// They asked for instalments outside the terms.
    PlanOutside(u32, Frequency, i64),
    /// They promised everything, so many days ahead.
    Promise(i64),
    /// They promised a part, in minor units, so many days ahead.
    PromisePart(i64, i64),
    /// They offered less than is owed, in minor units, so many days ahead.
    Lower(i64, i64),
    /// The owner accepted what waits.
    Accept,
    /// The owner declined what waits.
    Decline(&'static str),
    /// The owner offered so many monthly payments instead.
    Counter(u32, &'static str),
    /// They paid by bank transfer, in minor units.
    Bank(i64),
    /// They paid everything by card.
    Card,
    /// They began to pay by card, and the bank has not answered.
    CardWaits,
    /// They tried to pay by card, and the card was refused.
    CardRefused,
    /// They raised something: what, why, an amount in minor units (0 for everything), their words.
    Raise(Kind, Reason, i64, &'static str),
    /// The owner answered without deciding.
    Answer(&'static str),
    /// The owner credited so many minor units.
    Partly(i64, &'static str),
    /// The owner found that they were right.
    Uphold(&'static str),
    /// The owner noted a telephone call.
    Call(&'static str),
    /// The owner paused reminders for so many days.
    Pause(i64, &'static str),
    /// The owner claimed what the law adds to their oldest invoice.
    LateCharge,
    /// The owner gave so many minor units of it up.
    GiveUp(i64, &'static str),
}

use Deed::{
    Accept, Answer, Bank, Call, Card, CardRefused, CardWaits, Counter, Decline, GiveUp, LateCharge, Lower, Partly,
    Pause, Plan, PlanOutside, Promise, PromisePart, Raise, Uphold,
};

/// Everybody in the demo.
pub const PEOPLE: &[Person] = &[
    Person {
        situation: "overdue",
        reference: "C-1001",
        name: "Amara Okafor",
        email: "amara.okafor@example.com",
        postcode: "LS6 2AB",
        kind: "person",
        invoices: &[
            Bill("K-2071", 95, 65, "180.00", "GBP", "Kitchen cabinet doors, set of six"),
            Bill("K-2094", 62, 32, "74.50", "GBP", "Repair of a drawer and new runners"),
            Bill("K-2131", 12, -18, "35.50", "GBP", "Oak shelf, oiled"),
        ],
        story: &[],
    },
    Person {
        situation: "one-invoice",
        reference: "C-1002",
        name: "Tom Pearce",
        email: "tom.pearce@example.com",
        postcode: "LS17 5QJ",
        kind: "person",
        invoices: &[Bill("K-2118", 35, 5, "48.00", "GBP", "Picture frame, walnut")],
        story: &[],
    },
    Person {
        situation: "part-paid",
        reference: "C-1003",
        name: "Priya Raman",
        email: "priya.raman@example.com",
        postcode: "BD18 3LT",
        kind: "person",
        invoices: &[Bill("K-2085", 75, 45, "420.00", "GBP", "Bookcase, ash, two metres")],
        story: &[(30, Bank(15_000))],
    },
    Person {
        situation: "plan-running",
        reference: "C-1004",
        name: "Rosa Delgado",
        email: "rosa.delgado@example.com",
        postcode: "LS8 1NT",
        kind: "person",
        invoices: &[Bill("K-2060", 110, 80, "600.00", "GBP", "Dining table")],
        story: &[(50, Plan(6, Frequency::FourWeekly, 5)), (44, Bank(10_000)), (17, Bank(10_000))],
    },
    Person {
        situation: "plan-missed",
        reference: "C-1005",
        name: "Owen Hughes",
        email: "owen.hughes@example.com",
        postcode: "HG1 4QQ",
        kind: "person",
        invoices: &[Bill("K-2066", 100, 70, "240.00", "GBP", "Garden bench")],
        story: &[(45, Plan(4, Frequency::FourWeekly, 7)), (37, Bank(6_000))],
    },
    Person {
        situation: "plan-broken",
        reference: "C-1006",
        name: "Gareth Cole",
        email: "gareth.cole@example.com",
        postcode: "WF1 2HG",
        kind: "person",
        invoices: &[Bill("K-2041", 130, 100, "390.00", "GBP", "Wardrobe, fitted")],
        story: &[(80, Plan(3, Frequency::Fortnightly, 5))],
    },
    Person {
        situation: "promise-running",
        reference: "C-1007",
        name: "Mei Chen",
        email: "mei.chen@example.com",
        postcode: "LS2 9JT",
        kind: "person",
        invoices: &[Bill("K-2099", 55, 25, "155.00", "GBP", "Bedside tables, pair")],
        story: &[(4, Promise(9))],
    },
    Person {
        situation: "promise-kept",
        reference: "C-1008",
        name: "Hannah Schulz",
        email: "hannah.schulz@example.com",
        postcode: "LS11 0ES",
        kind: "person",
        invoices: &[Bill("K-2077", 85, 55, "210.00", "GBP", "Desk, birch")],
        story: &[(30, Promise(10)), (22, Bank(21_000))],
    },
    Person {
        situation: "promise-broken",
        reference: "C-1009",
        name: "Declan Murphy",
        email: "declan.murphy@example.com",
        postcode: "BD1 1HY",
        kind: "person",
        invoices: &[Bill("K-2080", 80, 50, "96.00", "GBP", "Door, planed and hung")],
        story: &[(35, PromisePart(5_000, 7))],
    },
    Person {
        situation: "proposal-waiting",
        reference: "C-1010",
        name: "Fatima Zahra",
        email: "fatima.zahra@example.com",
        postcode: "LS9 7TF",
        kind: "person",
        invoices: &[Bill("K-2053", 115, 85, "1260.00", "GBP", "Staircase, oak treads")],
        story: &[(2, PlanOutside(18, Frequency::Monthly, 20))],
    },
    Person {
        situation: "offer-waiting",
        reference: "C-1011",
        name: "Lukasz Nowak",
        email: "lukasz.nowak@example.com",
        postcode: "LS13 3EP",
        kind: "person",
        invoices: &[Bill("K-2058", 112, 82, "880.00", "GBP", "Kitchen worktop, beech")],
        story: &[
            (5, PlanOutside(20, Frequency::Monthly, 14)),
            (2, Counter(8, "Twenty months is longer than we can wait. Would eight suit you?")),
        ],
    },
    Person {
        situation: "proposal-declined",
        reference: "C-1012",
        name: "Sam Whitlock",
        email: "sam.whitlock@example.com",
        postcode: "HX1 5AF",
        kind: "person",
        invoices: &[Bill("K-2072", 90, 60, "300.00", "GBP", "Window frames, two")],
        story: &[
            (12, PlanOutside(24, Frequency::Monthly, 30)),
            (9, Decline("We cannot spread this over two years. Up to six months is fine at any time.")),
        ],
    },
    Person {
        situation: "agreed-by-hand",
        reference: "C-1013",
        name: "Niamh Byrne",
        email: "niamh.byrne@example.com",
        postcode: "LS28 7RJ",
        kind: "person",
        invoices: &[Bill("K-2049", 120, 90, "950.00", "GBP", "Shop counter")],
        story: &[(20, PlanOutside(10, Frequency::Monthly, 25)), (18, Accept)],
    },
    Person {
        situation: "dispute-open",
        reference: "C-1014",
        name: "Yusuf Demir",
        email: "yusuf.demir@example.com",
        postcode: "LS4 2PR",
        kind: "person",
        invoices: &[
            Bill("K-2088", 70, 40, "130.00", "GBP", "Stools, four"),
            Bill("K-2101", 52, 22, "64.00", "GBP", "Delivery and assembly"),
        ],
        story: &[(
            3,
            Raise(Kind::Dispute, Reason::WrongAmount, 6_400, "Delivery was included in the price we agreed."),
        )],
    },
    Person {
        situation: "everything-disputed",
        reference: "C-1015",
        name: "Grace Mensah",
        email: "grace.mensah@example.com",
        postcode: "BD9 5BT",
        kind: "person",
        invoices: &[Bill("K-2109", 45, 15, "115.00", "GBP", "Toy chest")],
        story: &[(6, Raise(Kind::Dispute, Reason::NotReceived, 0, "It was never delivered. I was at home all day."))],
    },
    Person {
        situation: "dispute-answered",
        reference: "C-1016",
        name: "Ben Archer",
        email: "ben.archer@example.com",
        postcode: "LS12 1BE",
        kind: "person",
        invoices: &[Bill("K-2091", 68, 38, "275.00", "GBP", "Cot bed")],
        story: &[
            (8, Raise(Kind::Dispute, Reason::Quality, 0, "One side panel has a crack.")),
            (5, Answer("We are sorry about that. Could you send us a photo of the panel?")),
        ],
    },
    Person {
        situation: "dispute-resolved",
        reference: "C-1017",
        name: "Ingrid Larsen",
        email: "ingrid.larsen@example.com",
        postcode: "HG2 8NU",
        kind: "person",
        invoices: &[Bill("K-2083", 78, 48, "340.00", "GBP", "Display cabinet")],
        story: &[
            (20, Raise(Kind::Dispute, Reason::Quality, 0, "The glass door does not close.")),
            (15, Partly(6_000, "You were right about the hinge. We have taken off 60 for the repair.")),
        ],
    },
    Person {
        situation: "claim-waiting",
        reference: "C-1018",
        name: "Pavel Novotny",
        email: "pavel.novotny@example.com",
        postcode: "LS15 8ZB",
        kind: "person",
        invoices: &[Bill("K-2104", 50, 20, "89.00", "GBP", "Coat rack")],
        story: &[(1, Raise(Kind::Claim, Reason::AlreadyPaid, 0, "Paid from my wife's account."))],
    },
    Person {
        situation: "hardship",
        reference: "C-1019",
        name: "Linda Marsh",
        email: "linda.marsh@example.com",
        postcode: "WF9 3JR",
        kind: "person",
        invoices: &[Bill("K-2063", 105, 75, "195.00", "GBP", "Garden gate")],
        story: &[(2, Raise(Kind::Hardship, Reason::Other, 0, "I lost my job in September."))],
    },
    Person {
        situation: "paid-up",
        reference: "C-1020",
        name: "Kwame Boateng",
        email: "kwame.boateng@example.com",
        postcode: "LS7 4AW",
        kind: "person",
        invoices: &[Bill("K-2097", 58, 28, "145.00", "GBP", "Shelves, three")],
        story: &[(10, Bank(14_500))],
    },
    Person {
        situation: "paid-by-card",
        reference: "C-1021",
        name: "Julia Rossi",
        email: "julia.rossi@example.com",
        postcode: "LS1 4DY",
        kind: "person",
        invoices: &[Bill("K-2112", 42, 12, "67.00", "GBP", "Chopping boards")],
        story: &[(0, Card)],
    },
    Person {
        situation: "payment-confirming",
        reference: "C-1022",
        name: "Arjun Mehta",
        email: "arjun.mehta@example.com",
        postcode: "LS3 1AA",
        kind: "person",
        invoices: &[Bill("K-2115", 40, 10, "123.00", "GBP", "Stool and cushion")],
        story: &[(0, CardWaits)],
    },
    Person {
        situation: "payment-failed",
        reference: "C-1023",
        name: "Ellie Frost",
        email: "ellie.frost@example.com",
        postcode: "LS5 3EH",
        kind: "person",
        invoices: &[Bill("K-2116", 39, 9, "58.00", "GBP", "Letter box")],
        story: &[(0, CardRefused)],
    },
    Person {
        situation: "paid-ahead",
        reference: "C-1024",
        name: "Marcus Webb",
        email: "marcus.webb@example.com",
        postcode: "LS16 6QE",
        kind: "person",
        invoices: &[Bill("K-2100", 53, 23, "80.00", "GBP", "Cutting a table to size")],
        story: &[(11, Bank(10_000))],
    },
    Person {
        situation: "two-currencies",
        reference: "C-1025",
        name: "Atelier Dubois SARL",
        email: "compta@atelier-dubois.example.com",
        postcode: "59800",
        kind: "company",
        invoices: &[
            Bill("K-2074", 88, 58, "1450.00", "EUR", "Chairs, ten"),
            Bill("K-2102", 51, 21, "220.00", "GBP", "Samples and carriage"),
        ],
        story: &[],
    },
    Person {
        situation: "company",
        reference: "C-1026",
        name: "Brightwell Caf\u{e9}s Ltd \u{2615}",
        email: "accounts@brightwell.example.com",
        postcode: "LS1 5HD",
        kind: "company",
        invoices: &[
            Bill("K-2019", 160, 130, "640.00", "GBP", "Counter stools, eight"),
            Bill("K-2052", 118, 88, "415.00", "GBP", "Table tops, refinished"),
            Bill("K-2090", 69, 39, "980.00", "GBP", "Bench seating"),
            Bill("K-2128", 20, -10, "150.00", "GBP", "Menu boards"),
        ],
        story: &[
            (70, Call("Spoke to Dana in accounts, friendly. They are changing banks and will catch up.")),
            (33, Call("No answer, no message left.")),
        ],
    },
    Person {
        situation: "late-charge",
        reference: "C-1031",
        name: "Fenwick Interiors Ltd",
        email: "office@fenwick-interiors.example.com",
        postcode: "LS6 2QT",
        kind: "company",
        invoices: &[
            Bill("K-2207", 139, 109, "1280.00", "GBP", "Reception desk"),
            Bill("K-2208", 62, 32, "310.00", "GBP", "Shelving, fitted"),
        ],
        story: &[
            (60, Bank(40_000)),
            (6, LateCharge),
            (4, GiveUp(2_000, "A part of the fixed sum, since you called us. Thank you.")),
        ],
    },
    Person {
        situation: "no-email",
        reference: "C-1027",
        name: "Edith Moore",
        email: "",
        postcode: "LS29 9DL",
        kind: "person",
        invoices: &[Bill("K-2095", 60, 30, "52.00", "GBP", "Chair, re-glued")],
        story: &[],
    },
    Person {
        situation: "on-hold",
        reference: "C-1028",
        name: "Oliver Grant",
        email: "oliver.grant@example.com",
        postcode: "LS10 1JQ",
        kind: "person",
        invoices: &[Bill("K-2068", 98, 68, "310.00", "GBP", "Headboard")],
        story: &[(14, Pause(60, "In hospital; his sister asked us to wait."))],
    },
    Person {
        situation: "lower-amount",
        reference: "C-1030",
        name: "Isla Drummond",
        email: "isla.drummond@example.com",
        postcode: "LS9 8AU",
        kind: "person",
        invoices: &[Bill("K-2035", 150, 120, "420.00", "GBP", "Shelves for a shop")],
        story: &[(4, Lower(28_000, 12))],
    },
    Person {
        situation: "was-right",
        reference: "C-1029",
        name: "Chloe Bennett",
        email: "chloe.bennett@example.com",
        postcode: "BD3 7AY",
        kind: "person",
        invoices: &[
            Bill("K-2106", 48, 18, "45.00", "GBP", "Key rack"),
            Bill("K-2107", 48, 18, "45.00", "GBP", "Key rack"),
        ],
        story: &[
            (9, Raise(Kind::Dispute, Reason::Duplicate, 4_500, "I ordered one and was invoiced for two.")),
            (7, Uphold("You are right, we sent the same invoice twice. Sorry for the trouble.")),
        ],
    },
];
