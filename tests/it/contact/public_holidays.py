"""The table of public holidays, made from the PyPI package `holidays` and held against it.

    python public_holidays.py write TABLE     writes the table
    python public_holidays.py check TABLE     says every difference, one a line, and ends with 1 where there is one
"""

import sys
from importlib.metadata import version

import holidays

YEARS = range(2024, 2036)

# Countries of which the parts differ, and all of whose parts are in the table. Of the others the national holidays are:
# in the United States those of the federation, in Italy without the patron saints of the towns.
WITH_PARTS = {
    "AT": (), "AU": None, "BE": (), "CA": None, "CH": None, "DE": None, "DK": (), "ES": None, "FI": (), "FR": (),
    "GB": None, "IE": (), "IT": (), "LU": (), "NL": (), "NO": (), "NZ": None, "PL": (), "PT": (), "SE": (), "US": (),
}

HEAD = """\
# Public holidays, made by tests/it/contact/public_holidays.py from the PyPI package holidays {version} (MIT licence):
# https://pypi.org/project/holidays/. Parts are those of ISO 3166-2; * is the whole country. Sundays that the package
# counts as holidays for being Sundays (Sweden) are left out.
date,country,parts,name
"""


def days_of(country, part):
    """The public holidays of a country or a part of it, by date."""
    kwargs = {"years": YEARS, "observed": True, "language": "en_US"}
    if country == "SE":
        kwargs["include_sundays"] = False
    try:
        found = holidays.country_holidays(country, subdiv=part, **kwargs)
    except TypeError:
        kwargs.pop("include_sundays", None)
        found = holidays.country_holidays(country, subdiv=part, **kwargs)
    return {day: name for day, name in found.items() if day.year in YEARS}


def lines():
    rows = []
    for country, parts in sorted(WITH_PARTS.items()):
        if parts is None:
            parts = holidays.list_supported_countries()[country]
            parts = sorted(part for part in parts if len(part) <= 3 and part.isascii() and part.isupper())
        days = {}
        for part in parts or [None]:
            for day, name in days_of(country, part).items():
                days.setdefault(day, ({}, name))[0][part] = name
        for day, (where, name) in days.items():
            everywhere = len(where) == len(parts or [None])
            name = min(where.values()).replace(",", ";")
            rows.append((day, country, "*" if everywhere else " ".join(sorted(where)), name))
    body = "".join(f"{day.isoformat()},{country},{parts},{name}\n" for day, country, parts, name in sorted(rows))
    return HEAD.format(version=version("holidays")) + body


def main():
    verb, path = sys.argv[1:]
    made = lines()
    if verb == "write":
        with open(path, "w", encoding="utf-8") as table:
            table.write(made)
        return 0
    with open(path, encoding="utf-8") as table:
        committed = table.read()
    body = lambda text: {line for line in text.splitlines() if not line.startswith("#")}
    differences = sorted(body(made) ^ body(committed))
    for line in differences:
        print(("missing: " if line in body(made) else "too many: ") + line)
    print(f"{len(body(committed)) - 1} holidays compared with holidays {version('holidays')}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
