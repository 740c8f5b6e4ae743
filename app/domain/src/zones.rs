//! In which time zones somebody may be: from the zone that was stated, their country and their telephone number.

use crate::holidays::Region;
use crate::hours::Zone;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Zones by country; tests/it/contact/zones.py makes the table.
const COUNTRIES: &str = include_str!("../data/zones.csv");
/// Zones by telephone prefix; tests/it/contact/zones.py makes the table.
const PHONES: &str = include_str!("../data/phone_zones.csv");
/// Half a year: two zones that show the same time on both sides of it have the same clocks.
const HALF_YEAR_MS: i64 = 182 * 86_400_000;

type Table = BTreeMap<&'static str, Vec<Tz>>;

fn read(text: &'static str) -> Table {
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let rows = lines.filter_map(|line| line.split_once(','));
    rows.map(|(key, zones)| (key, zones.split(' ').filter_map(|zone| zone.parse().ok()).collect())).collect()
}

/// The zones of a country by its ISO 3166 two-letter code; none where it is not known.
pub fn of_country(country: &str) -> &'static [Tz] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| read(COUNTRIES));
    TABLE.get(country.trim().to_ascii_uppercase().as_str()).map_or(&[], Vec::as_slice)
}

/// The zones of a telephone number that is written internationally (`+44 20…`, `0044 20…`); none for any other.
pub fn of_phone(phone: &str) -> &'static [Tz] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| read(PHONES));
    let phone = phone.trim();
    let Some(international) = phone.strip_prefix('+').or_else(|| phone.strip_prefix("00")) else { return &[] };
    let digits: String = international.chars().filter(char::is_ascii_digit).take(4).collect();
    let longest = (1..=digits.len()).rev().find_map(|length| TABLE.get(digits.get(..length)?));
    longest.map_or(&[], Vec::as_slice)
}

/// All zones in which somebody may be. What is said twice is believed: a stated zone with the same clocks as one of the
/// country's and one of the telephone's is the only one, and without it what both have in common. Where they contradict
/// each other all of them are candidates, and only the hours that all of them permit are used. `home`, the zone of the
/// business, is taken where nothing is known.
pub fn candidates(stated: &str, country: &str, phone: &str, home: Tz, now_ms: i64) -> Vec<Tz> {
    let said = [of_country(country), of_phone(phone)].into_iter().filter(|zones| !zones.is_empty());
    let said: Vec<&[Tz]> = said.collect();
    let has = |zones: &[Tz], zone: &Tz| zones.iter().any(|other| same_clocks(*other, *zone, now_ms));
    let mut candidates: Vec<Tz> = match (stated.trim().parse::<Tz>(), said.as_slice()) {
        (Ok(stated), said) => {
            let against = said.iter().filter(|zones| !has(zones, &stated));
            [stated].into_iter().chain(against.flat_map(|zones| zones.iter().copied())).collect()
        }
        (Err(_), []) => vec![home],
        (Err(_), [only]) => only.to_vec(),
        (Err(_), [country, phone, ..]) => {
            let common: Vec<Tz> = country.iter().filter(|zone| has(phone, zone)).copied().collect();
            if common.is_empty() { country.iter().chain(*phone).copied().collect() } else { common }
        }
    };
    // Zones with the same clocks say the same thing.
    let mut distinct: Vec<Tz> = Vec::new();
    candidates.retain(|zone| {
        let new = !has(&distinct, zone);
        if new {
            distinct.push(*zone);
        }
        new
    });
    candidates
}

/// The regions whose public holidays may be somebody's: those of their country, or of every country to which their telephone
/// number may belong, or in which their stated zone is. Where nothing is known, they are taken to be where the business is
/// (`home`), as with its zone.
pub fn regions(stated: &str, country: &str, phone: &str, home: Tz) -> Vec<Region> {
    static TABLE: LazyLock<BTreeMap<&'static str, Vec<Region>>> = LazyLock::new(|| {
        let mut by_zone: BTreeMap<&'static str, Vec<Region>> = BTreeMap::new();
        for (country, zones) in read(COUNTRIES) {
            for zone in zones {
                by_zone.entry(zone.name()).or_default().extend(Region::parse(country));
            }
        }
        by_zone
    });
    if let Some(region) = Region::parse(country) {
        return vec![region];
    }
    let alone = [stated.trim().parse::<Tz>().unwrap_or(home)];
    let zones = Some(of_phone(phone)).filter(|zones| !zones.is_empty()).unwrap_or(&alone);
    let mut regions: Vec<Region> = zones.iter().filter_map(|zone| TABLE.get(zone.name())).flatten().cloned().collect();
    regions.sort();
    regions.dedup();
    regions
}

fn same_clocks(a: Tz, b: Tz, now_ms: i64) -> bool {
    a == b || [now_ms, now_ms + HALF_YEAR_MS].iter().all(|at_ms| a.offset_secs(*at_ms) == b.offset_secs(*at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_500_000_000;

    #[test]
    fn every_zone_of_the_tables_is_known() {
        for (text, rows_min) in [(COUNTRIES, 240), (PHONES, 500)] {
            let written = text.lines().filter(|line| !line.starts_with('#')).skip(1);
            let written: usize = written.filter_map(|l| l.split_once(',')).map(|(_, z)| z.split(' ').count()).sum();
            let table = read(text);
            assert_eq!(table.values().map(Vec::len).sum::<usize>(), written);
            assert!(table.len() >= rows_min, "{}", table.len());
        }
    }

    #[test]
    fn holidays_are_those_of_wherever_somebody_may_be() {
        let regions = |stated, country, phone, home: Tz| -> Vec<String> {
            let all = regions(stated, country, phone, home).into_iter();
            all.map(|region| [Some(region.country), region.part].into_iter().flatten().collect::<Vec<_>>().join("-"))
                .collect()
        };
        let london = chrono_tz::Europe::London;
        assert_eq!(regions("", "DE-BY", "+44 20 7946 0000", london), ["DE-BY"], "a country that is stated is theirs");
        assert_eq!(regions("", "", "+44 20 7946 0000", Tz::UTC), ["GB"]);
        assert_eq!(regions("", "", "+44 7911 123456", Tz::UTC), ["GB", "GG", "IM"], "a mobile may be on an island");
        assert_eq!(regions("", "", "0033 1 70 18 99 00", london), ["FR"]);
        assert_eq!(regions("", "", "+1 416 555 0100", london), ["CA"]);
        let toll_free = regions("", "", "+1 800 555 0100", london);
        assert!(["CA", "US"].iter().all(|country| toll_free.contains(&(*country).to_owned())), "{toll_free:?}");
        assert_eq!(regions("Europe/Vienna", "", "020 7946 0000", london), ["AT"]);
        assert_eq!(regions("", "", "", london), ["GB"], "where the business is");
        assert_eq!(regions("", "", "", Tz::UTC), [""; 0]);
    }

    #[test]
    fn what_is_said_twice_is_believed_and_a_contradiction_is_not_decided() {
        let names = |stated, country, phone| -> Vec<&str> {
            candidates(stated, country, phone, chrono_tz::Europe::London, NOW_MS).iter().map(|z| z.name()).collect()
        };
        assert_eq!(names("", "", ""), ["Europe/London"], "nothing is known");
        assert_eq!(names("Mars/Olympus", "", ""), ["Europe/London"]);
        assert_eq!(names("Europe/Berlin", "DE", "+49 30 1234"), ["Europe/Berlin"]);
        assert_eq!(names("Australia/Melbourne", "AU", "+61 3 1234"), ["Australia/Melbourne"]);
        assert_eq!(names("", "GB", "020 7946 0000"), ["Europe/London"], "a national number says nothing");
        assert_eq!(names("", "", "+1 212 555 0100"), ["America/New_York"]);
        assert_eq!(names("", "US", "001 (212) 555-0100").len(), 1);
        assert_eq!(names("America/New_York", "US", "+1 213 555 0100"), ["America/New_York", "America/Los_Angeles"]);
        assert_eq!(names("Europe/London", "NZ", ""), ["Europe/London", "Pacific/Auckland", "Pacific/Chatham"]);
        assert_eq!(names("", "GB", "+49 30 1234"), ["Europe/London", "Europe/Berlin"]);
        assert!(names("", "US", "").len() >= 6);
    }
}
