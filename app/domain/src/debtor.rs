//! Debtors as files bring them: a row read into who owes, or into problems.

use crate::table::{DateOrder, Refusal, find_date_order};
use crate::table::{Field, Mapping, Problem, Record, read_date, read_email, read_lines, read_text, shown};
use chrono::NaiveDate;

/// Characters of a name that are taken.
pub const NAME_CHARS_MAX: usize = 200;
/// Characters of a reference that are taken.
pub const REFERENCE_CHARS_MAX: usize = 100;

/// The columns of a file of debtors.
pub const FIELDS: &[Field] = &[
    Field {
        name: "reference",
        required: true,
        synonyms: &[
            "customerid",
            "customerno",
            "customernumber",
            "customerref",
            "customerreference",
            "customercode",
            "debtor",
            "debtorid",
            "debtorno",
            "debtornumber",
            "debtorreference",
            "accountnumber",
            "accountref",
            "accountreference",
            "accountno",
            "clientid",
            "clientnumber",
            "clientcode",
            "contactid",
            "contactnumber",
            "kundennummer",
            "kundennr",
            "debitorennummer",
            "debitorennr",
            "debitor",
            "numeroclient",
            "codeclient",
            "numéroclient",
            "nclient",
            "codigocliente",
            "códigocliente",
            "codicecliente",
            "klantnummer",
            "customer",
            "id",
            "ref",
        ],
    },
    Field {
        name: "name",
        required: false,
        synonyms: &[
            "customername",
            "displayname",
            "fullname",
            "company",
            "companyname",
            "contactname",
            "debtorname",
            "clientname",
            "client",
            "kundenname",
            "kunde",
            "firma",
            "nom",
            "nomclient",
            "nombre",
            "nome",
            "ragionesociale",
            "naam",
        ],
    },
    Field {
        name: "email",
        required: false,
        synonyms: &[
            "emailaddress",
            "mail",
            "customeremail",
            "mainemail",
            "contactemail",
            "emailadresse",
            "epost",
            "courriel",
            "correo",
            "correoelectronico",
            "correoelectrónico",
            "posta",
            "eposta",
        ],
    },
    Field {
        name: "phone",
        required: false,
        synonyms: &[
            "phonenumber",
            "phonenumbers",
            "telephone",
            "telephonenumber",
            "tel",
            "mobile",
            "mainphone",
            "telefon",
            "telefonnummer",
            "téléphone",
            "telefono",
            "teléfono",
            "telefoon",
        ],
    },
    Field {
        name: "address",
        required: false,
        synonyms: &[
            "street",
            "billingaddress",
            "billingaddressline1",
            "poaddressline1",
            "addressline1",
            "address1",
            "postaladdress",
            "adresse",
            "anschrift",
            "straße",
            "strasse",
            "rue",
            "direccion",
            "dirección",
            "indirizzo",
            "adres",
        ],
    },
    Field {
        name: "postcode",
        required: false,
        synonyms: &[
            "postalcode",
            "zip",
            "zipcode",
            "popostalcode",
            "billingpostcode",
            "billingzip",
            "plz",
            "postleitzahl",
            "codepostal",
            "codigopostal",
            "códigopostal",
            "cap",
        ],
    },
    Field {
        name: "country",
        required: false,
        synonyms: &[
            "countrycode",
            "pocountry",
            "billingcountry",
            "land",
            "ländercode",
            "pays",
            "pais",
            "país",
            "paese",
        ],
    },
    Field {
        name: "language",
        required: false,
        synonyms: &["lang", "languagecode", "locale", "sprache", "langue", "idioma", "lingua", "taal"],
    },
    Field { name: "zone", required: false, synonyms: &["timezone", "tz", "zeitzone", "fuseauhoraire", "zonahoraria"] },
    Field { name: "kind", required: false, synonyms: &["type", "customertype", "debtortype", "kundentyp", "art"] },
    Field {
        name: "born",
        required: false,
        synonyms: &["bornon", "birthdate", "dateofbirth", "dob", "birthday", "geburtsdatum", "geburtstag"],
    },
];

/// A debtor as a file says it is. Unknown texts are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebtorRow {
    /// Where it stands.
    pub row: u32,
    /// The business's own number or name for it.
    pub reference: String,
    /// Its name; its reference where the file names none.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// Its telephone number.
    pub phone: String,
    /// Its postal address, a line each.
    pub address: String,
    /// Its postcode.
    pub postcode: String,
    /// ISO 3166 two-letter code.
    pub country: String,
    /// ISO 639 two-letter code.
    pub language: String,
    /// IANA zone; the country's own where it has one and the file says none.
    pub zone: String,
    /// `person` or `company`; a person unless the file says otherwise, because people are better protected.
    pub kind: String,
    /// Date of birth.
    pub born_on: Option<NaiveDate>,
}

/// Reads every row. `is_zone` knows the names of time zones; `order` is stated or found in the file.
pub fn read_rows(
    mapping: &Mapping,
    records: &[Record],
    order: Option<DateOrder>,
    is_zone: impl Fn(&str) -> bool,
) -> Result<(Vec<DebtorRow>, Vec<Problem>), Refusal> {
    let order = match (order, mapping.column("born")) {
        (Some(order), _) => order,
        (None, None) => DateOrder::Ymd,
        (None, Some(_)) => {
            let header = mapping.header("born");
            find_date_order(records.iter().map(|r| (r.row, header.as_str(), mapping.cell(r, "born"))))?
        }
    };
    let (mut rows, mut problems) = (Vec::with_capacity(records.len()), Vec::new());
    for record in records {
        if let Some(problem) = mapping.check_length(record) {
            problems.push(problem);
            continue;
        }
        let before = problems.len();
        let row = read_row(mapping, record, order, &is_zone, &mut problems);
        if problems.len() == before {
            rows.push(row);
        }
    }
    Ok((rows, problems))
}

fn read_row(
    mapping: &Mapping,
    record: &Record,
    order: DateOrder,
    is_zone: &impl Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> DebtorRow {
    let mut take = |field: &str, read: &dyn Fn(&str) -> Result<String, String>| {
        read(mapping.cell(record, field)).unwrap_or_else(|reason| {
            problems.push(Problem::new(record.row, mapping.header(field), reason));
            String::new()
        })
    };
    let mut row = DebtorRow {
        row: record.row,
        reference: take("reference", &|t| match t {
            "" => Err("is missing".to_owned()),
            t => read_text(t, REFERENCE_CHARS_MAX),
        }),
        name: take("name", &|t| read_text(t, NAME_CHARS_MAX)),
        email: take("email", &read_email),
        phone: take("phone", &|t| read_text(t, 50)),
        address: take("address", &|t| read_lines(t, 500)),
        postcode: take("postcode", &|t| read_text(t, 20)),
        country: take("country", &read_country),
        language: take("language", &read_language),
        zone: take("zone", &|t| {
            if t.is_empty() || is_zone(t) {
                Ok(t.to_owned())
            } else {
                Err(format!("“{}” is not an IANA time zone", shown(t)))
            }
        }),
        kind: take("kind", &read_kind),
        born_on: None,
    };
    let born = mapping.cell(record, "born");
    if !born.is_empty() {
        match read_date(born, order) {
            Ok(on) => row.born_on = Some(on),
            Err(reason) => problems.push(Problem::new(record.row, mapping.header("born"), reason)),
        }
    }
    if row.name.is_empty() {
        row.name.clone_from(&row.reference);
    }
    if row.zone.is_empty() {
        country_zone(&row.country).unwrap_or_default().clone_into(&mut row.zone);
    }
    row
}

fn read_kind(text: &str) -> Result<String, String> {
    match text.to_lowercase().as_str() {
        "" | "person" | "individual" | "consumer" | "b2c" => Ok("person".to_owned()),
        "company" | "business" | "organisation" | "organization" | "b2b" => Ok("company".to_owned()),
        _ => Err(format!("“{}” is neither person nor company", shown(text))),
    }
}

fn read_language(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let language = lower.split(['-', '_']).next().unwrap_or_default();
    match language {
        "" if text.is_empty() => Ok("en".to_owned()),
        code if LANGUAGES.split(' ').any(|known| known == code) => Ok(code.to_owned()),
        _ => Err(format!("“{}” is not a language code such as en or de", shown(text))),
    }
}

fn read_country(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    let code = if code == "UK" { "GB" } else { code.as_str() };
    if code.is_empty() || is_country(code) {
        return Ok(code.to_owned());
    }
    Err(format!("“{}” is not a country code such as GB or DE", shown(text)))
}

fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.split_whitespace().map(|entry| entry.split_once('=').unwrap_or((entry, "")))
}

/// Whether it is an ISO 3166 code of two capitals.
pub fn is_country(code: &str) -> bool {
    countries().any(|(known, _)| known == code)
}

/// The zone of a country that has only one.
pub fn country_zone(country: &str) -> Option<&'static str> {
    countries().find(|(known, zone)| *known == country && !zone.is_empty()).map(|(_, zone)| zone)
}

/// ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io \
    is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt \
    my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn \
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// ISO 3166 codes, with the IANA zone of each country that has one (tzdata's zone.tab; Germany's exclave Büsingen keeps
/// Berlin's time).
const COUNTRIES: &str = "AD=Europe/Andorra AE=Asia/Dubai AF=Asia/Kabul AG=America/Antigua AI=America/Anguilla AL=Europe/Tirane \
    AM=Asia/Yerevan AO=Africa/Luanda AQ AR AS=Pacific/Pago_Pago AT=Europe/Vienna AU AW=America/Aruba \
    AX=Europe/Mariehamn AZ=Asia/Baku BA=Europe/Sarajevo BB=America/Barbados BD=Asia/Dhaka BE=Europe/Brussels \
    BF=Africa/Ouagadougou BG=Europe/Sofia BH=Asia/Bahrain BI=Africa/Bujumbura BJ=Africa/Porto-Novo \
    BL=America/St_Barthelemy BM=Atlantic/Bermuda BN=Asia/Brunei BO=America/La_Paz BQ=America/Kralendijk BR \
    BS=America/Nassau BT=Asia/Thimphu BV BW=Africa/Gaborone BY=Europe/Minsk BZ=America/Belize CA CC=Indian/Cocos \
    CD CF=Africa/Bangui CG=Africa/Brazzaville CH=Europe/Zurich CI=Africa/Abidjan CK=Pacific/Rarotonga CL \
    CM=Africa/Douala CN CO=America/Bogota CR=America/Costa_Rica CU=America/Havana CV=Atlantic/Cape_Verde \
    CW=America/Curacao CX=Indian/Christmas CY CZ=Europe/Prague DE=Europe/Berlin DJ=Africa/Djibouti \
    DK=Europe/Copenhagen DM=America/Dominica DO=America/Santo_Domingo DZ=Africa/Algiers EC EE=Europe/Tallinn \
    EG=Africa/Cairo EH=Africa/El_Aaiun ER=Africa/Asmara ES ET=Africa/Addis_Ababa FI=Europe/Helsinki \
    FJ=Pacific/Fiji FK=Atlantic/Stanley FM FO=Atlantic/Faroe FR=Europe/Paris GA=Africa/Libreville \
    GB=Europe/London GD=America/Grenada GE=Asia/Tbilisi GF=America/Cayenne GG=Europe/Guernsey GH=Africa/Accra \
    GI=Europe/Gibraltar GL GM=Africa/Banjul GN=Africa/Conakry GP=America/Guadeloupe GQ=Africa/Malabo \
    GR=Europe/Athens GS=Atlantic/South_Georgia GT=America/Guatemala GU=Pacific/Guam GW=Africa/Bissau \
    GY=America/Guyana HK=Asia/Hong_Kong HM HN=America/Tegucigalpa HR=Europe/Zagreb HT=America/Port-au-Prince \
    HU=Europe/Budapest ID IE=Europe/Dublin IL=Asia/Jerusalem IM=Europe/Isle_of_Man IN=Asia/Kolkata \
    IO=Indian/Chagos IQ=Asia/Baghdad IR=Asia/Tehran IS=Atlantic/Reykjavik IT=Europe/Rome JE=Europe/Jersey \
    JM=America/Jamaica JO=Asia/Amman JP=Asia/Tokyo KE=Africa/Nairobi KG=Asia/Bishkek KH=Asia/Phnom_Penh KI \
    KM=Indian/Comoro KN=America/St_Kitts KP=Asia/Pyongyang KR=Asia/Seoul KW=Asia/Kuwait KY=America/Cayman KZ \
    LA=Asia/Vientiane LB=Asia/Beirut LC=America/St_Lucia LI=Europe/Vaduz LK=Asia/Colombo LR=Africa/Monrovia \
    LS=Africa/Maseru LT=Europe/Vilnius LU=Europe/Luxembourg LV=Europe/Riga LY=Africa/Tripoli \
    MA=Africa/Casablanca MC=Europe/Monaco MD=Europe/Chisinau ME=Europe/Podgorica MF=America/Marigot \
    MG=Indian/Antananarivo MH MK=Europe/Skopje ML=Africa/Bamako MM=Asia/Yangon MN MO=Asia/Macau \
    MP=Pacific/Saipan MQ=America/Martinique MR=Africa/Nouakchott MS=America/Montserrat MT=Europe/Malta \
    MU=Indian/Mauritius MV=Indian/Maldives MW=Africa/Blantyre MX MY MZ=Africa/Maputo NA=Africa/Windhoek \
    NC=Pacific/Noumea NE=Africa/Niamey NF=Pacific/Norfolk NG=Africa/Lagos NI=America/Managua NL=Europe/Amsterdam \
    NO=Europe/Oslo NP=Asia/Kathmandu NR=Pacific/Nauru NU=Pacific/Niue NZ OM=Asia/Muscat PA=America/Panama \
    PE=America/Lima PF PG PH=Asia/Manila PK=Asia/Karachi PL=Europe/Warsaw PM=America/Miquelon \
    PN=Pacific/Pitcairn PR=America/Puerto_Rico PS PT PW=Pacific/Palau PY=America/Asuncion QA=Asia/Qatar \
    RE=Indian/Reunion RO=Europe/Bucharest RS=Europe/Belgrade RU RW=Africa/Kigali SA=Asia/Riyadh \
    SB=Pacific/Guadalcanal SC=Indian/Mahe SD=Africa/Khartoum SE=Europe/Stockholm SG=Asia/Singapore \
    SH=Atlantic/St_Helena SI=Europe/Ljubljana SJ=Arctic/Longyearbyen SK=Europe/Bratislava SL=Africa/Freetown \
    SM=Europe/San_Marino SN=Africa/Dakar SO=Africa/Mogadishu SR=America/Paramaribo SS=Africa/Juba \
    ST=Africa/Sao_Tome SV=America/El_Salvador SX=America/Lower_Princes SY=Asia/Damascus SZ=Africa/Mbabane \
    TC=America/Grand_Turk TD=Africa/Ndjamena TF=Indian/Kerguelen TG=Africa/Lome TH=Asia/Bangkok TJ=Asia/Dushanbe \
    TK=Pacific/Fakaofo TL=Asia/Dili TM=Asia/Ashgabat TN=Africa/Tunis TO=Pacific/Tongatapu TR=Europe/Istanbul \
    TT=America/Port_of_Spain TV=Pacific/Funafuti TW=Asia/Taipei TZ=Africa/Dar_es_Salaam UA UG=Africa/Kampala UM \
    US UY=America/Montevideo UZ VA=Europe/Vatican VC=America/St_Vincent VE=America/Caracas VG=America/Tortola \
    VI=America/St_Thomas VN=Asia/Ho_Chi_Minh VU=Pacific/Efate WF=Pacific/Wallis WS=Pacific/Apia YE=Asia/Aden \
    YT=Indian/Mayotte ZA=Africa/Johannesburg ZM=Africa/Lusaka ZW=Africa/Harare";

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(header: &[&str]) -> Mapping {
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        Mapping::find(FIELDS, &header, "").unwrap()
    }

    fn read(header: &[&str], cells: &[&str]) -> (Vec<DebtorRow>, Vec<Problem>) {
        let record = Record { row: 2, cells: cells.iter().map(|c| (*c).to_owned()).collect() };
        read_rows(&mapping(header), &[record], None, |z| z.starts_with("Europe/")).unwrap()
    }

    #[test]
    fn a_country_with_one_zone_says_the_time() {
        let table = [("DE", "Europe/Berlin"), ("gb", "Europe/London"), ("UK", "Europe/London"), ("US", ""), ("", "")];
        for (country, zone) in table {
            assert_eq!(read(&["Kundennummer", "Land"], &["7", country]).0[0].zone, zone, "{country}");
        }
    }

    #[test]
    fn every_wrong_cell_is_named() {
        let header = ["customerID", "name", "email", "country", "language", "timezone", "kind", "dob"];
        let (rows, problems) =
            read(&header, &["", "a\u{7}", "nobody", "ZZ", "xx", "Mars/Olympus", "cat", "31/02/1990"]);
        assert!(rows.is_empty());
        let columns: Vec<&str> = problems.iter().map(|p| p.column.as_str()).collect();
        assert_eq!(columns, ["customerID", "name", "email", "country", "language", "timezone", "kind", "dob"]);
        let (rows, problems) = read(&header, &["7", "", "", "", "", "", "", ""]);
        assert!(problems.is_empty(), "what is missing is no problem: {problems:?}");
        assert_eq!((rows[0].name.as_str(), rows[0].kind.as_str(), rows[0].language.as_str()), ("7", "person", "en"));
    }

    #[test]
    fn known_codes_stand_in_the_tables() {
        assert_eq!(countries().count(), 249);
        assert!(countries().all(|(c, z)| c.len() == 2 && (z.is_empty() || z.contains('/'))));
        assert_eq!(LANGUAGES.split(' ').filter(|l| l.len() == 2).count(), LANGUAGES.split(' ').count());
    }

    proptest::proptest! {
        #[test]
        fn no_row_makes_the_reader_panic(cells in proptest::collection::vec(".{0,20}", 0..10)) {
            let header = ["customerID", "name", "email", "country", "language", "timezone", "kind", "dob"];
            let record = Record { row: 2, cells };
            let _ = read_rows(&mapping(&header), &[record], None, |_| false);
        }
    }
}
