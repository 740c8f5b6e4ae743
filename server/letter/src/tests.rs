//! Letters, read back from their files as a printer and a reading program read them.

use super::*;
use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::kurbo::{Affine, BezPath, Point, Rect};
use std::time::Instant;

const POINTS_PER_MM: f64 = 72.0 / 25.4;
const LINK: &str = "https://pay.example.com/l/Zk3qv9XbT1mWc7Ru_pL-0aYd";

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn letter(language: Language, form: Form) -> Letter {
    let (to, address, country): (&str, &[&str], &str) = match form {
        Form::DinB => {
            ("Łucja Dvořáková-Müller", &["Hinterhaus, 2. Stock", "Straße des 17. Juni 135", "10623 Berlin"], "GERMANY")
        }
        Form::LeftWindow => ("Ann Harlow", &["Flat 2, The Old Mill", "12 Water Lane", "Leeds", "LS1 4DY"], ""),
        Form::RightWindow => ("Zoé Lefèvre", &["Résidence des Tilleuls", "8 rue de l’Église", "69003 Lyon"], "FRANCE"),
        Form::UsDouble => ("Mary Whitcomb", &["4120 Maple Street, Apt 5B", "Springfield, IL 62704"], ""),
    };
    let (subject, first, list, closing): (&str, &str, &[&str], &str) = match language {
        Language::English => (
            "About your account with Harlow Joinery",
            "Hello Ann. First, is all well? If something was not right with what we sent you or did for you, please tell us before you pay. We will look at it, and you need not pay that part until we have answered.",
            &[
                "tell us that something is not right",
                "pay by card, all of it or a part",
                "tell us that you can not pay right now",
            ],
            "We are glad to help.\n\nHarlow Joinery",
        ),
        Language::German => (
            "Zu Ihrem Konto bei Harlow Joinery",
            "Guten Tag. Zuerst: Ist alles in Ordnung? Wenn etwas nicht gestimmt hat, sagen Sie es uns bitte, bevor Sie zahlen. Wir sehen es uns an.",
            &["uns sagen, dass etwas nicht stimmt", "mit Karte zahlen, alles oder einen Teil"],
            "Mit freundlichen Grüßen\n\nHarlow Joinery",
        ),
        Language::French => (
            "Votre compte chez Harlow Joinery",
            "Bonjour. D’abord, tout va bien ? Si quelque chose n’allait pas, dites-le-nous avant de payer : « nous regarderons ».",
            &["nous dire que quelque chose ne va pas", "payer par carte, en tout ou en partie"],
            "Bien à vous,\n\nHarlow Joinery",
        ),
        Language::Spanish => (
            "Su cuenta con Harlow Joinery",
            "Buenos días. Antes de nada, ¿va todo bien? Si algo no estaba bien, díganoslo antes de pagar. ¡Gracias!",
            &["decirnos que algo no está bien", "pagar con tarjeta, todo o una parte"],
            "Un saludo,\n\nHarlow Joinery",
        ),
    };
    let row = |number: &str, due: &str, left: &str| Row { number: number.into(), due: due.into(), left: left.into() };
    Letter {
        language,
        form,
        from: Sender {
            name: "Harlow Joinery".into(),
            address: texts(&["Unit 4, Canal Yard", "Kirkstall Road", "Leeds LS4 2AB"]),
            phone: "+44 113 496 0000".into(),
            email: "accounts@harlow.example".into(),
        },
        to: Recipient { name: to.into(), address: texts(address), country: country.into() },
        date: "24 November 2026".into(),
        reference: "C-1042".into(),
        subject: subject.into(),
        blocks: vec![
            Block::Words(first.into()),
            Block::Table(vec![row("2026-0117", "3 September 2026", "£1,240.00"), row("2026-0142", "1 October 2026", "£85.50")]),
            Block::List(texts(list)),
            Block::Quote("You told us on 3 November: \"the second door does not close\".\nWe will come on Friday.".into()),
        ],
        link: LINK.into(),
        link_words: "Open your page: scan the code with your telephone, or type the address. It is only for you and works until 23 January 2027.".into(),
        transfer: None,
        closing: closing.into(),
    }
}

fn hello() -> Letter {
    letter(Language::English, Form::LeftWindow)
}

/// A character with the box in which it is drawn, in millimetres from the upper left corner.
struct Drawn {
    text: String,
    x: (f64, f64),
    y: (f64, f64),
}

#[derive(Default)]
struct Reader(Vec<Drawn>);

impl<'a> Device<'a> for Reader {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_glyph(&mut self, glyph: &Glyph<'a>, at: Affine, own: Affine, _: &Paint<'a>, _: &GlyphDrawMode) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => panic!("a glyph without a character"),
        };
        let Glyph::Outline(outline) = glyph else { panic!("a picture instead of a glyph") };
        let mut shape = outline.outline();
        shape.apply_affine(at * own);
        let bounds = if shape.elements().is_empty() {
            let Point { x, y } = at * own * Point::ZERO;
            Rect::new(x, y, x, y)
        } else {
            hayro::vello_cpu::kurbo::Shape::bounding_box(&shape)
        };
        let mm = |points: f64| points / POINTS_PER_MM;
        self.0.push(Drawn { text, x: (mm(bounds.x0), mm(bounds.x1)), y: (mm(bounds.y0), mm(bounds.y1)) });
    }
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {
        panic!("a picture of pixels");
    }
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// What is drawn on each page.
fn drawn(pdf: &[u8]) -> Vec<Vec<Drawn>> {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let cache = InterpreterCache::new();
    let mut pages = Vec::new();
    for page in pdf.pages().iter() {
        let (width, height) = page.render_dimensions();
        let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let down = Affine::new([1.0, 0.0, 0.0, -1.0, 0.0, f64::from(height)]);
        let mut reader = Reader::default();
        let mut context = Context::new(down, bounds, &cache, page.xref(), InterpreterSettings::default());
        interpret_page(page, &mut context, &mut reader);
        pages.push(reader.0);
    }
    pages
}

/// The words of a file without the ends of lines.
fn text(pdf: &[u8]) -> String {
    let all: String = drawn(pdf).iter().flatten().map(|d| d.text.as_str()).collect();
    all.replace('\u{200b}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[track_caller]
fn says(pdf: &[u8], words: &str) {
    let text = text(pdf);
    assert!(without_spaces(&text).contains(&without_spaces(words)), "{words:?} is not in:\n{text}");
}

/// The plain objects of a file.
fn objects(pdf: &[u8]) -> lopdf::Document {
    lopdf::Document::load_mem(pdf).unwrap()
}

fn xmp(document: &lopdf::Document) -> String {
    let metadata = document.catalog().unwrap().get(b"Metadata").unwrap().as_reference().unwrap();
    let stream = document.get_object(metadata).unwrap().as_stream().unwrap();
    let content = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
    String::from_utf8(content).unwrap()
}

/// The kinds of structure elements with how often each stands in the file, and the texts that stand for pictures.
fn structure(document: &lopdf::Document) -> (std::collections::BTreeMap<String, usize>, Vec<String>) {
    let mut kinds = std::collections::BTreeMap::new();
    let mut alternatives = Vec::new();
    for object in document.objects.values() {
        let Ok(dict) = object.as_dict() else { continue };
        let Ok(kind) = dict.get(b"S").and_then(lopdf::Object::as_name) else { continue };
        if !dict.has(b"P") {
            continue;
        }
        *kinds.entry(String::from_utf8(kind.to_vec()).unwrap()).or_default() += 1;
        if let Ok(alt) = dict.get(b"Alt") {
            alternatives.push(lopdf::decode_text_string(alt).unwrap());
        }
    }
    (kinds, alternatives)
}

#[test]
fn a_letter_in_every_language_and_form_is_accessible() {
    for (language, code) in
        [(Language::English, "en"), (Language::German, "de"), (Language::French, "fr"), (Language::Spanish, "es")]
    {
        for form in Form::ALL {
            let letter = letter(language, form);
            let rendered = render(&letter).unwrap();
            if let Ok(folder) = std::env::var("KEPT_LETTERS_LOOK") {
                std::fs::write(format!("{folder}/{code}-{}.pdf", form.code()), &rendered.pdf).unwrap();
            }
            assert_eq!((rendered.pages, rendered.sheets(), rendered.replaced.len()), (1, 1, 0), "{code} {form:?}");
            for words in [&letter.subject, &letter.to.name, &letter.closing, &letter.link, &letter.link_words] {
                says(&rendered.pdf, words);
            }
            for words in [language.words().number, language.words().left, "2026-0142", "£1,240.00", "C-1042"] {
                says(&rendered.pdf, words);
            }
            let document = objects(&rendered.pdf);
            let catalog = document.catalog().unwrap();
            assert!(catalog.get(b"MarkInfo").unwrap().as_dict().unwrap().get(b"Marked").unwrap().as_bool().unwrap());
            assert!(catalog.has(b"StructTreeRoot"));
            assert_eq!(lopdf::decode_text_string(catalog.get(b"Lang").unwrap()).unwrap(), code);
            let shown = catalog.get(b"ViewerPreferences").unwrap().as_dict().unwrap();
            assert!(shown.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
            let xmp = xmp(&document);
            assert!(xmp.contains("<pdfuaid:part>1</pdfuaid:part>"), "{xmp}");
            let title = format!("{} Harlow Joinery", language.words().title);
            assert!(xmp.contains(&title), "the title names the sender and nothing else: {xmp}");
            let (kinds, alternatives) = structure(&document);
            for kind in ["Document", "H1", "P", "Table", "TH", "TD", "L", "LI", "BlockQuote", "Figure", "Link"] {
                assert!(kinds.contains_key(kind), "{kind} in {kinds:?}");
            }
            assert_eq!((kinds["H1"], kinds["Figure"], kinds["TH"], kinds["TD"]), (1, 1, 3, 6), "{kinds:?}");
            assert!(alternatives.iter().any(|alt| alt == language.words().qr), "{alternatives:?}");
            let (width, height) = form.page();
            let page = document.get_object(*document.get_pages().get(&1).unwrap()).unwrap().as_dict().unwrap();
            let sides: Vec<f64> = page
                .get(b"MediaBox")
                .unwrap()
                .as_array()
                .unwrap()
                .iter()
                .map(|side| f64::from(side.as_float().unwrap()))
                .collect();
            let near = |points: f64, mm: f64| (points - mm * POINTS_PER_MM).abs() < 0.1;
            assert!(near(sides[2], width) && near(sides[3], height), "{sides:?}");
        }
    }
}

/// The address stands in the part of the window that always shows, and nothing else where the window may come.
#[track_caller]
fn fits_the_window(letter: &Letter, pdf: &[u8]) {
    let (window, seen) = (letter.form.window(), letter.form.seen());
    let mut through = String::new();
    for d in &drawn(pdf)[0] {
        let corners = [(d.x.0, d.y.0), (d.x.0, d.y.1), (d.x.1, d.y.0), (d.x.1, d.y.1)];
        if corners.iter().any(|(x, y)| seen.holds(*x, *y)) {
            assert!(corners.iter().all(|(x, y)| window.holds(*x, *y)), "{} at {:?} {:?}", d.text, d.x, d.y);
            through += d.text.as_str();
        }
    }
    let mut expected = letter.to.name.clone() + &letter.to.address.concat() + &letter.to.country;
    expected.retain(|c| !c.is_whitespace());
    assert_eq!(without_spaces(&through).replace('\u{200b}', ""), expected, "{:?}", letter.form);
}

#[test]
fn the_address_and_nothing_else_shows_through_the_window() {
    for form in Form::ALL {
        let short = letter(Language::English, form);
        fits_the_window(&short, &render(&short).unwrap().pdf);
        let mut long = short.clone();
        long.to.name = "Werkstätten für angewandte Holztechnik Schmidt & Söhne Nachfolger GmbH & Co. KG".into();
        long.to.address =
            texts(&["Accounts payable, Mrs Bartholomew-Featherstonehaugh", "1 Long Lane", "Townsville AB12 3CD"]);
        long.to.country = country_name("GB").unwrap();
        fits_the_window(&long, &render(&long).unwrap().pdf);
    }
}

#[test]
fn an_address_that_cannot_be_read_or_has_no_room_is_refused() {
    let with = |change: &dyn Fn(&mut Letter)| {
        let mut letter = hello();
        change(&mut letter);
        render(&letter).unwrap_err()
    };
    assert_eq!(with(&|l| l.to.address = (0..20).map(|n| format!("line {n}")).collect()), LetterError::AddressTooLong);
    assert_eq!(with(&|l| l.from.address = (0..40).map(|n| format!("line {n}")).collect()), LetterError::SenderTooLong);
    assert_eq!(with(&|l| l.to.address = texts(&["", " "])), LetterError::NoAddress);
    assert_eq!(with(&|l| l.to.name = "\u{200b}".into()), LetterError::NoAddress);
    assert!(matches!(with(&|l| l.to.name = "王小明".into()), LetterError::Unprintable(_)));
    for link in ["", "pay.example.com", "javascript:alert(1)", "https://a b", &format!("https://{}", "x".repeat(200))] {
        assert_eq!(with(&|l| l.link = link.into()), LetterError::Link, "{link}");
    }
}

#[test]
fn no_text_is_read_as_anything_but_text() {
    let hostile = "#read(\"/etc/passwd\") ]#[ $x^2$ *b* _i_ `raw` @ref <label> // no /* no */ \\ #panic() = Heading \"q\" -- --- ... #sys.inputs ${x}";
    let mut letter = hello();
    letter.to.name = "]#read(\"/etc/passwd\")".into();
    letter.to.address = texts(&["= 1 #pagebreak() Lane", "Leeds"]);
    letter.from.name = "*Harlow* #let x = 1".into();
    letter.from.address = texts(&["@ref <a>"]);
    letter.reference = "#(1+1)".into();
    letter.subject = format!("About {hostile}");
    letter.date = "1. #x".into();
    letter.blocks = vec![
        Block::Words(hostile.into()),
        Block::List(texts(&[hostile])),
        Block::Quote(hostile.into()),
        Block::Table(vec![Row { number: hostile.into(), due: "#due".into(), left: "$1".into() }]),
    ];
    letter.link_words = hostile.into();
    letter.closing = hostile.into();
    let rendered = render(&letter).unwrap();
    let said = without_spaces(&text(&rendered.pdf));
    assert_eq!(said.matches(&without_spaces(hostile)).count(), 7, "{said}");
    for words in ["]#read(\"/etc/passwd\")", "=1#pagebreak()Lane", "*Harlow*#letx=1", "@ref<a>", "#(1+1)", "1.#x"] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(!said.contains("root:"));
    fits_the_window(&letter, &rendered.pdf);
}

#[test]
fn what_the_typeface_has_not_is_marked_and_said() {
    let mut letter = hello();
    letter.to.name = "Ann \u{1f600} Harlow".into();
    letter.blocks.push(Block::Words("Thank you \u{1f469}\u{200d}\u{1f527} and 谢谢\u{0}\u{202e}.".into()));
    let rendered = render(&letter).unwrap();
    assert_eq!(rendered.replaced, ['谢', '\u{1f469}', '\u{1f527}', '\u{1f600}']);
    says(&rendered.pdf, "Ann \u{fffd} Harlow");
    says(&rendered.pdf, "Thank you \u{fffd}\u{fffd} and \u{fffd}\u{fffd}.");
}

#[test]
fn sixty_invoices_go_on_over_several_pages() {
    let mut letter = hello();
    let rows = (1..=60).map(|n| Row {
        number: format!("2026-{n:04}"),
        due: "31 October 2026".into(),
        left: format!("£{n}.00"),
    });
    letter.blocks[1] = Block::Table(rows.collect());
    let rendered = render(&letter).unwrap();
    if let Ok(folder) = std::env::var("KEPT_LETTERS_LOOK") {
        std::fs::write(format!("{folder}/sixty.pdf"), &rendered.pdf).unwrap();
    }
    assert_eq!((rendered.pages, rendered.sheets()), (3, 2));
    let pages = drawn(&rendered.pdf);
    for (n, page) in pages.iter().enumerate() {
        let words: String = page.iter().map(|d| d.text.as_str()).collect();
        let words = without_spaces(&words);
        assert!(words.contains(&format!("Page{}of3", n + 1)), "{words}");
        assert!(words.contains("C-1042"), "every page names its letter: {words}");
        assert!(n == 2 || words.contains("InvoiceDueonLefttopay"), "the head of the table goes on: {words}");
        let (width, height) = letter.form.page();
        assert!(page.iter().all(|d| d.x.0 > 10.0 && d.x.1 < width - 10.0 && d.y.1 < height - 8.0), "page {n}");
    }
    for n in 1..=60 {
        says(&rendered.pdf, &format!("2026-{n:04}"));
    }
}

/// What the QR codes on the first page say, from the top down.
fn scans(pdf: &[u8]) -> Vec<String> {
    use hayro::{RenderCache, RenderSettings};
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let settings = RenderSettings {
        x_scale: 4.0,
        y_scale: 4.0,
        bg_color: hayro::vello_cpu::color::palette::css::WHITE,
        ..RenderSettings::default()
    };
    let picture = hayro::render(&pdf.pages()[0], &RenderCache::new(), &InterpreterSettings::default(), &settings);
    let (width, height) = (usize::from(picture.width()), usize::from(picture.height()));
    let pixels = picture.data();
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x].r);
    let mut grids = image.detect_grids();
    grids.sort_by_key(|grid| grid.bounds[0].y);
    grids.iter().map(|grid| grid.decode().unwrap().1).collect()
}

#[test]
fn the_qr_code_opens_the_link() {
    for link in
        [LINK, "http://127.0.0.1:7300/l/abc", &format!("https://{}.example/l/{}", "a".repeat(60), "b".repeat(120))]
    {
        let letter = Letter { link: link.into(), ..hello() };
        assert_eq!(scans(&render(&letter).unwrap().pdf), [link]);
    }
}

#[test]
fn a_bank_transfer_is_told_in_words_and_to_a_banking_app() {
    let payload = "BCD\n002\n1\nSCT\n\nHarlow Joinery\nDE89370400440532013000\nEUR1240.00\n\nRF18539007547034";
    for (language, code) in
        [(Language::English, "en"), (Language::German, "de"), (Language::French, "fr"), (Language::Spanish, "es")]
    {
        let transfer = Transfer {
            holder: "Harlow Joinery".into(),
            iban: "DE89 3704 0044 0532 0130 00".into(),
            bic: String::new(),
            local: vec!["Sort code 20-20-15".into(), "Account 55555555".into()],
            reference: "RF18 5390 0754 7034".into(),
            amounts: vec!["€1,240.00".into(), "£10.00".into()],
            code: Some(payload.into()),
        };
        let letter = Letter { transfer: Some(transfer), ..letter(language, Form::DinB) };
        let rendered = render(&letter).unwrap();
        if let Ok(folder) = std::env::var("KEPT_LETTERS_LOOK") {
            std::fs::write(format!("{folder}/{code}-transfer.pdf"), &rendered.pdf).unwrap();
        }
        let words = language.words();
        for said in [words.transfer, words.holder, "DE89 3704 0044 0532 0130 00", "Sort code 20-20-15", words.code] {
            says(&rendered.pdf, said);
        }
        let read = without_spaces(&text(&rendered.pdf));
        assert_eq!(read.matches("BIC").count(), 0, "what is not known is not named: {read}");
        let account =
            without_spaces(&format!("{}Sort code 20-20-15 Account 55555555 {}", words.account, words.purpose));
        assert!(read.contains(&account), "a label stands once before its lines: {read}");
        assert_eq!(scans(&rendered.pdf), [LINK, payload]);
        let (kinds, alternatives) = structure(&objects(&rendered.pdf));
        assert_eq!(kinds["Figure"], 2);
        assert!(alternatives.iter().any(|alt| alt == words.code_alt), "{alternatives:?}");
        // In pounds alone there is nothing for the app to read.
        let mut pounds = letter.clone();
        pounds.transfer.as_mut().unwrap().code = None;
        assert_eq!(scans(&render(&pounds).unwrap().pdf), [LINK]);
        pounds.transfer.as_mut().unwrap().code = Some("x".repeat(9_000));
        assert_eq!(render(&pounds), Err(LetterError::Code));
    }
}

#[test]
fn a_file_is_the_same_each_time_and_small() {
    let (first, second) = (render(&hello()).unwrap(), render(&hello()).unwrap());
    assert_eq!(first.pdf, second.pdf);
    assert!(first.pdf.len() < 60_000, "{} bytes", first.pdf.len());
}

#[test]
fn a_hundred_letters_take_a_while_that_is_said() {
    render(&hello()).unwrap();
    let began = Instant::now();
    for n in 0..100 {
        let mut letter = hello();
        letter.to.name = format!("Ann Harlow {n}");
        letter.link = format!("{LINK}{n}");
        says(&render(&letter).unwrap().pdf, &letter.to.name);
    }
    eprintln!("{:.1} ms a letter", began.elapsed().as_secs_f64() * 10.0);
}

fn statement(language: Language) -> Statement {
    let entry = |on: &str, what: &str, amount: &str, balance: &str| Entry {
        on: on.into(),
        what: what.into(),
        amount: amount.into(),
        balance: balance.into(),
    };
    let mut entries = vec![
        entry("3 September 2026", "Invoice 2026-0117, a door for the shop", "£1,240.00", "£1,240.00"),
        entry("1 October 2026", "Payment by bank transfer, #read(\"/etc/passwd\")", "−£200.00", "£1,040.00"),
    ];
    entries.extend((0..60).map(|n| entry("2 October 2026", &format!("Invoice {n}"), "£1.00", &format!("£{n}.00"))));
    Statement {
        language,
        paper: Paper::of_country("US"),
        from: hello().from,
        to: hello().to,
        reference: "C-1042".into(),
        date: "24 November 2026".into(),
        period: "1 September to 24 November 2026".into(),
        accounts: vec![
            Account { heading: "Pounds".into(), entries, balance: "£1,100.00".into() },
            Account {
                heading: "Euros".into(),
                entries: vec![entry("2 October 2026", "Invoice E-1", "€5.00", "€5.00")],
                balance: "€5.00".into(),
            },
        ],
        closing: "Is something not right? Please tell us.".into(),
    }
}

#[test]
fn a_statement_of_account_is_accessible_and_says_each_line() {
    for language in [Language::English, Language::German, Language::French, Language::Spanish] {
        let statement = statement(language);
        let rendered = render_statement(&statement).unwrap();
        if let Ok(folder) = std::env::var("KEPT_LETTERS_LOOK") {
            std::fs::write(format!("{folder}/statement-{}.pdf", language.code()), &rendered.pdf).unwrap();
        }
        let words = language.words();
        assert!(rendered.pages >= 2 && rendered.replaced.is_empty(), "{} {:?}", rendered.pages, rendered.replaced);
        for account in &statement.accounts {
            says(&rendered.pdf, &account.heading);
            says(&rendered.pdf, &format!("{}: {}", words.owed, account.balance));
            for Entry { on, what, amount, balance } in &account.entries {
                says(&rendered.pdf, &format!("{on}{what}{amount}{balance}"));
            }
        }
        for text in [
            words.statement,
            words.period,
            "C-1042",
            "Harlow Joinery",
            "Ann Harlow",
            "12 Water Lane",
            &statement.closing,
        ] {
            says(&rendered.pdf, text);
        }
        let document = objects(&rendered.pdf);
        assert!(xmp(&document).contains("<pdfuaid:part>1</pdfuaid:part>"));
        let catalog = document.catalog().unwrap();
        assert_eq!(lopdf::decode_text_string(catalog.get(b"Lang").unwrap()).unwrap(), language.code());
        let (kinds, _) = structure(&document);
        assert_eq!((kinds["H1"], kinds["H2"], kinds["Table"], kinds["TH"]), (1, 2, 2, 8), "{kinds:?}");
        assert_eq!(kinds["TD"], 63 * 4, "{kinds:?}");
        let pages = drawn(&rendered.pdf);
        let second: String = pages[1].iter().map(|d| d.text.as_str()).collect();
        let head = without_spaces(&format!("{}{}{}{}", words.date, words.what, words.amount, words.balance));
        assert!(without_spaces(&second).contains(&head), "the head of the table goes on");
        assert!(pages.iter().flatten().all(|d| d.x.0 > 15.0 && d.x.1 < 215.9 - 15.0), "nothing runs off the paper");
    }
}

#[test]
fn a_document_shows_its_parts_as_they_are() {
    let table = Table {
        heads: vec![("When".into(), false), ("What".into(), false), ("How much".into(), true)],
        wide: 1,
        rows: vec![vec!["1 May".into()], vec!["2 May".into(), "x".repeat(90), "£1.00".into(), "beyond".into()]],
    };
    let document = Document {
        language: Language::English,
        paper: Paper::A4,
        title: "What was agreed".into(),
        from: hello().from,
        to: Recipient { name: "Ann".into(), ..Recipient::default() },
        reference: String::new(),
        facts: vec![("As of".into(), "24 November 2026".into())],
        parts: vec![
            Part::Heading("= Promises".into()),
            Part::Words("One\ntwo".into()),
            Part::List(texts(&["#a", "*b*"])),
            Part::Quote("I pay £5.00.\n\nOn Friday.".into()),
            Part::Table(table),
        ],
    };
    let rendered = render_document(&document).unwrap();
    assert_eq!(rendered.pages, 1);
    for words in ["= Promises", "One", "#a", "*b*", "I pay £5.00.", "On Friday.", "As of", &"x".repeat(90)] {
        says(&rendered.pdf, words);
    }
    assert!(!text(&rendered.pdf).contains("beyond"));
    let (kinds, _) = structure(&objects(&rendered.pdf));
    assert_eq!((kinds["BlockQuote"], kinds["TD"], kinds["LI"]), (1, 6, 2), "{kinds:?}");
    assert_eq!(render_document(&document).unwrap().pdf, rendered.pdf, "the same each time");
}
