"""Who owes: checks of names, addresses and ways to reach someone, and the keys debtors are recognised by."""

from __future__ import annotations

import hmac
from typing import Final

import polars as pl

from kulanz.intake.readers.table import LINE
from kulanz.intake.rules.problems import ProblemCode, found
from kulanz.intake.rules.profile import Profile, Target

LENGTHS: Final = {
    Target.INVOICE_NUMBER: 100,
    Target.SUBJECT: 200,
    Target.DOCUMENT_REF: 300,
    Target.DEBTOR_NUMBER: 100,
    Target.TITLE: 30,
    Target.GIVEN_NAME: 100,
    Target.FAMILY_NAME: 100,
    Target.COMPANY_NAME: 160,
    Target.STREET: 120,
    Target.POSTCODE: 10,
    Target.CITY: 80,
    Target.LANGUAGE: 5,
    Target.EMAIL: 254,
    Target.PHONE: 40,
}
CURRENCIES: Final = ("EUR", "CHF")
LAENDER: Final = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
_CHOICES: Final = {
    Target.KIND: ("person", "company"),
    Target.SALUTATION: ("frau", "herr", "divers"),
    Target.LAND: LAENDER,
    Target.LANGUAGE: ("de", "en", "tr", "uk", "ar"),
}
_POSTCODES: Final = {
    "DE": ("Deutschland (5 Ziffern)", r"^[0-9]{5}$"),
    "AT": ("Österreich (4 Ziffern)", r"^[0-9]{4}$"),
    "CH": ("der Schweiz (4 Ziffern)", r"^[0-9]{4}$"),
}
_LETTER: Final = r"A-Za-z\u00a1-\uffff"
_LABEL: Final = rf"[{_LETTER}0-9](?:[{_LETTER}0-9-]*[{_LETTER}0-9])?"
EMAIL_SHAPE: Final = rf"^[^@\s<>,;:\"()\[\]]{{1,64}}@(?:{_LABEL}\.)+[{_LETTER}]{{2,}}$"
_PHONE: Final = r"^\+?[0-9]{5,15}$"
_DIALLING: Final = {"DE": "+49", "AT": "+43", "CH": "+41"}
_SPREAD: Final = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "é": "e",
    "è": "e",
    "ê": "e",
    "á": "a",
    "à": "a",
    "ç": "c",
    "ñ": "n",
    "ó": "o",
    "ø": "oe",
    "å": "a",
    "ı": "i",
    "ş": "s",
    "ğ": "g",
    "ł": "l",
    "č": "c",
    "ć": "c",
    "ž": "z",
    "š": "s",
    "đ": "d",
    "ő": "o",
    "ű": "u",
    "ě": "e",
    "ř": "r",
    "ń": "n",
    "ś": "s",
    "ź": "z",
    "ż": "z",
    "ą": "a",
    "ę": "e",
    "ă": "a",
    "â": "a",
    "î": "i",
    "ț": "t",
    "ș": "s",
    "æ": "ae",
    "ý": "y",
    "ú": "u",
    "í": "i",
    "ë": "e",
    "ï": "i",
    "ô": "o",
    "û": "u",
}


def tidy(rows: pl.DataFrame, *, country: str) -> pl.DataFrame:
    """Bring the closed words into their form: country and land in capitals, salutation and kind in small letters,
    phone as +49….

    ``country`` is the creditor's; it stands in where the file names none.
    """
    land = pl.col("country").str.to_uppercase().fill_null(country)
    bare = pl.col("phone").str.replace_all(r"\(0\)|[\s()/.\-]", "").str.replace(r"^00", "+")
    prefix = land.replace_strict(_DIALLING, default="0")
    return rows.with_columns(
        country=land,
        kind=pl.col("kind").str.to_lowercase(),
        salutation=pl.col("salutation").str.to_lowercase(),
        land=pl.col("land").str.to_uppercase(),
        language=pl.col("language").fill_null("de"),
        currency=pl.col("currency").str.to_uppercase(),
        phone=pl.when(bare.str.starts_with("0")).then(prefix + bare.str.slice(1)).otherwise(bare),
    )


def party_problems(rows: pl.DataFrame, profile: Profile) -> list[pl.DataFrame]:
    """Everything about debtor, currency and texts that keeps a row from being taken. ``rows`` are tidied."""
    checks: list[pl.DataFrame] = []
    for target in (
        Target.INVOICE_NUMBER,
        Target.CURRENCY,
        Target.KIND,
        *([Target.DEBTOR_NUMBER] if profile.fills(Target.DEBTOR_NUMBER) else []),
    ):
        checks.append(found(rows, pl.col(target).is_null(), ProblemCode.VALUE_MISSING, profile.source_name(target)))
    for target, length in LENGTHS.items():
        if profile.fills(target):
            checks.append(
                _check(
                    rows,
                    profile,
                    target,
                    pl.col(target).str.len_chars() > length,
                    ProblemCode.VALUE_TOO_LONG,
                    str(length),
                )
            )
    for target, choices in _CHOICES.items():
        if profile.fills(target):
            checks.append(_check(rows, profile, target, ~pl.col(target).is_in(choices), ProblemCode.VALUE_UNKNOWN, ", ".join(choices)))
    currencies = ", ".join(CURRENCIES)
    checks.append(
        _check(
            rows,
            profile,
            Target.CURRENCY,
            ~pl.col("currency").is_in(CURRENCIES),
            ProblemCode.CURRENCY_UNSUPPORTED,
            currencies,
        )
    )
    if profile.fills(Target.COUNTRY):
        checks.append(
            _check(
                rows,
                profile,
                Target.COUNTRY,
                ~pl.col("country").str.contains(r"^[A-Z]{2}$"),
                ProblemCode.COUNTRY_UNKNOWN,
            )
        )
    if profile.fills(Target.EMAIL):
        checks.append(_check(rows, profile, Target.EMAIL, ~pl.col("email").str.contains(EMAIL_SHAPE), ProblemCode.EMAIL_INVALID))
    if profile.fills(Target.PHONE):
        checks.append(_check(rows, profile, Target.PHONE, ~pl.col("phone").str.contains(_PHONE), ProblemCode.PHONE_INVALID))
    if profile.fills(Target.POSTCODE):
        for country, (where, shape) in _POSTCODES.items():
            wrong = (pl.col("country") == country) & ~pl.col("postcode").str.contains(shape)
            checks.append(_check(rows, profile, Target.POSTCODE, wrong, ProblemCode.POSTCODE_INVALID, where))
    return [*checks, *_name_problems(rows, profile)]


def _check(rows: pl.DataFrame, profile: Profile, target: Target, bad: pl.Expr, code: ProblemCode, detail: str = "") -> pl.DataFrame:
    """Problem rows of one field, shown under the file's own column name."""
    return found(rows, bad, code, profile.source_name(target), value=pl.col(target), detail=detail)


def _name_problems(rows: pl.DataFrame, profile: Profile) -> list[pl.DataFrame]:
    """A person needs a family name, a company its name; without a number the debtor must be told apart otherwise."""
    person, company = pl.col("kind") == "person", pl.col("kind") == "company"
    checks = [
        found(
            rows,
            person & pl.col("family_name").is_null(),
            ProblemCode.NAME_MISSING,
            profile.source_name(Target.FAMILY_NAME),
            detail="family_name",
        ),
        found(
            rows,
            company & pl.col("company_name").is_null(),
            ProblemCode.NAME_MISSING,
            profile.source_name(Target.COMPANY_NAME),
            detail="company_name",
        ),
    ]
    if profile.fills(Target.DEBTOR_NUMBER):
        number = profile.source_name(Target.DEBTOR_NUMBER)
        first_kind, first_line = (
            pl.col("kind").first().over("debtor_number"),
            pl.col(LINE).first().over("debtor_number"),
        )
        both = pl.col("debtor_number").is_not_null() & (pl.col("kind") != first_kind)
        checks.append(found(rows, both, ProblemCode.DEBTOR_CONTRADICTORY, number, value=pl.col("debtor_number"), detail=first_line))
    else:
        nowhere = pl.col("email").is_null() & (pl.col("street").is_null() | pl.col("postcode").is_null())
        checks.append(found(rows, nowhere, ProblemCode.DEBTOR_NOT_IDENTIFIABLE, ""))
    return checks


def spread(text: pl.Expr) -> pl.Expr:
    """Lower case, umlauts spread, single blanks: `Müller-Groß` → `mueller-gross`. How search and sort keys are
    written."""
    plain = text.str.to_lowercase().str.replace_many(list(_SPREAD), list(_SPREAD.values()))
    # Accents the list does not know, and what lower case leaves of the Turkish İ.
    bare = plain.str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return bare.str.replace_all(r"\s+", " ").str.strip_chars()


def with_keys(rows: pl.DataFrame, *, secret: bytes, tenant: str) -> pl.DataFrame:
    """Add identity_key, search_key, sort_key and, where the file has no debtor number, one derived from name and
    address.

    ``identity_key`` is a keyed hash of name and address, else of name and e-mail, else of tenant and debtor number:
    it recognises a person across creditors without telling who it is. Two people who share only a name stay two.
    """
    person = pl.col("kind") == "person"
    name = pl.when(person).then(_joined("given_name", "family_name")).otherwise(pl.col("company_name"))
    sort = pl.when(person).then(_joined("family_name", "given_name")).otherwise(pl.col("company_name"))
    address = pl.when(pl.col("street").is_not_null() & pl.col("postcode").is_not_null()).then(_joined("street", "postcode"))
    number = pl.coalesce("debtor_number", pl.lit(""))
    whereabouts = pl.coalesce(address, pl.col("email"), pl.lit(tenant + "|") + number)
    rows = rows.with_columns(
        identity=pl.col("kind") + "|" + spread(name) + "|" + spread(whereabouts).str.replace(r"str\.|strasse", "str"),
        sort_key=spread(sort).str.slice(0, 200),
        search_key=spread(_joined("given_name", "family_name", "company_name", "city", "email", "debtor_number")),
    )
    digests = pl.Series([hmac.digest(secret, text.encode(), "sha256").hex() for text in rows["identity"]], dtype=pl.String)
    rows = rows.with_columns(digests.alias("identity_key")).drop("identity")
    derived = pl.lit("auto-") + pl.col("identity_key").str.slice(0, 24)
    return rows.with_columns(debtor_number=pl.coalesce("debtor_number", derived))


def _joined(*columns: str) -> pl.Expr:
    """The filled ones of some columns with a blank between."""
    return pl.concat_str([pl.col(column) for column in columns], separator=" ", ignore_nulls=True)


def spread_text(text: str) -> str:
    """One text spread, as somebody types it into a search."""
    return str(pl.select(spread(pl.lit(text))).item())
