"""The tables of time zones by country and by telephone prefix.

    python zones.py ZONE_TAB COUNTRIES PHONES     writes both from tzdata's zone.tab and the PyPI package `phonenumbers`
"""

import sys
from importlib.metadata import version

from phonenumbers.tzdata import data0

DIGITS_MAX = 4


def main():
    zone_tab, countries, phones = sys.argv[1:]
    by_country = {}
    with open(zone_tab, encoding="ascii") as table:
        for line in table:
            if not line.startswith("#"):
                country, _, zone = line.rstrip("\n").split("\t")[:3]
                by_country.setdefault(country, []).append(zone)
    with open(countries, "w", encoding="ascii") as out:
        out.write("# Time zones of each country, made by tests/it/contact/zones.py from zone.tab of the IANA tz database (public domain).\n")
        out.write("country,zones\n")
        for country, zones in sorted(by_country.items()):
            out.write(f"{country},{' '.join(sorted(zones))}\n")
    prefixes = next(value for value in vars(data0).values() if isinstance(value, dict) and "1201" in value)
    with open(phones, "w", encoding="ascii") as out:
        out.write("# Time zones of telephone prefixes, made by tests/it/contact/zones.py from the data of libphonenumber (Apache 2.0) in the\n")
        out.write(f"# PyPI package phonenumbers {version('phonenumbers')}. The longest prefix that fits is taken.\n")
        out.write("prefix,zones\n")
        for prefix, zones in sorted(prefixes.items()):
            if len(prefix) <= DIGITS_MAX and zones != prefixes.get(prefix[:-1]):
                out.write(f"{prefix},{' '.join(zones)}\n")


if __name__ == "__main__":
    main()
