"""Mapping profiles: which column, constant or template fills which field of a claim. A YAML document, checked when
it is read.

Sample: ``{name: shop, columns: {invoice_number: Nr, invoiced_on: Datum, amount: Brutto, …}, constants: {currency:
EUR, kind: person}}``.
"""

from __future__ import annotations

import difflib
import string
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kulanz.intake.errors import ProfileInvalid
from kulanz.intake.readers.encoding import ENCODINGS
from kulanz.intake.readers.table import FileHints
from kulanz.intake.rules.amounts import DecimalStyle
from kulanz.intake.rules.dates import FORMS

PROFILE_MAX: Final = 65_536


class Target(StrEnum):
    """The fields a profile can fill."""

    INVOICE_NUMBER = "invoice_number"
    SUBJECT = "subject"
    INVOICED_ON = "invoiced_on"
    DUE_ON = "due_on"
    AMOUNT = "amount"
    CURRENCY = "currency"
    DOCUMENT_REF = "document_ref"
    DUNNING_FEE = "dunning_fee"
    EXPENSE = "expense"
    PAID_ON = "paid_on"
    PAID_AMOUNT = "paid_amount"
    DEBTOR_NUMBER = "debtor_number"
    KIND = "kind"
    SALUTATION = "salutation"
    TITLE = "title"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    COMPANY_NAME = "company_name"
    STREET = "street"
    POSTCODE = "postcode"
    CITY = "city"
    COUNTRY = "country"
    LAND = "land"
    LANGUAGE = "language"
    EMAIL = "email"
    PHONE = "phone"
    INTEREST_RATE = "interest_rate"
    JOINT_NUMBER = "joint_number"
    JOINT_GIVEN_NAME = "joint_given_name"
    JOINT_FAMILY_NAME = "joint_family_name"
    JOINT_COMPANY_NAME = "joint_company_name"
    JOINT_STREET = "joint_street"
    JOINT_POSTCODE = "joint_postcode"
    JOINT_CITY = "joint_city"
    JOINT_EMAIL = "joint_email"
    EVENT = "event"
    EVENT_DAY = "event_day"


class Component(StrEnum):
    """What a charge before hand-over is about (the ledger's components that a creditor can already have charged)."""

    PRINCIPAL = "principal"
    DUNNING_FEE = "dunning_fee"
    EXPENSE = "expense"
    COLLECTION_COST = "collection_cost"


class _Part(BaseModel):
    """A checked part of a profile: unknown keys are refused, values cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FilePart(_Part):
    """What is stated about the file instead of being found."""

    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    header_line: Annotated[int, Field(ge=1, le=1000)] | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _known_encoding(self) -> Self:
        if self.encoding is not None and self.encoding not in ENCODINGS:
            raise ValueError(f"encoding „{self.encoding}“ ist nicht vorgesehen (möglich: {', '.join(ENCODINGS)})")
        return self


class EventPart(_Part):
    """What one kind of event does to its claim. Exactly one of the four; the value is the column with the amount."""

    opens: str | None = None
    charges: str | None = None
    raises_to: str | None = None
    pays: str | None = None
    component: Component = Component.PRINCIPAL

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len([each for each in (self.opens, self.charges, self.raises_to, self.pays) if each]) != 1:
            raise ValueError("genau eines von opens, charges, raises_to, pays angeben")
        if self.component is not Component.PRINCIPAL and (self.opens or self.pays):
            raise ValueError("component gibt es nur zu charges und raises_to")
        return self

    @property
    def verb(self) -> str:
        """Which of the four it is."""
        return next(name for name in ("opens", "charges", "raises_to", "pays") if getattr(self, name))

    @property
    def amount_column(self) -> str:
        """The column that holds the amount."""
        return str(getattr(self, self.verb))


class DefaultPart(_Part):
    """What the creditor knows about default (§ 286 BGB). What is not stated is not assumed: interest then waits for
    a reminder."""

    due_by_contract: bool = False
    """The day of payment was agreed by the calendar; a day the invoice merely names does not count."""
    notice_on_invoice: bool = False
    """The invoice told consumers that default begins thirty days after it is due and received."""
    invoice_received_after_days: Annotated[int, Field(ge=0, le=60)] | None = None
    """How many days after its date an invoice was surely received; unknown if not stated."""


class CreditorPart(_Part):
    """Who hands the claims over, for a first import whose creditor does not exist yet."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    legal_name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "DE"
    email: str = ""
    phone: str = ""
    website: str = ""
    iban: str = ""

    def details(self) -> dict[str, str]:
        """The stated fields, as `claims.commands.add_creditor` takes them."""
        return {key: value for key, value in self.model_dump().items() if value}


class Profile(_Part):
    """A whole mapping profile."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    description: str = ""
    layout: Literal["claims", "events"] = "claims"
    file: FilePart = FilePart()
    columns: dict[Target, str] = {}
    constants: dict[Target, str] = {}
    templates: dict[Target, str] = {}
    values: dict[Target, dict[str, str]] = {}
    dates: dict[str, str] = {}
    decimals: dict[str, DecimalStyle] = {}
    payment_term_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    interest: Literal["statutory", "none"] | None = None
    default: DefaultPart = DefaultPart()
    events: dict[str, EventPart] = {}
    ignore: tuple[str, ...] = ()
    creditor: CreditorPart | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for complaint in _complaints(self):
            raise ValueError(complaint)
        return self

    def fills(self, target: Target) -> bool:
        """True if the profile says where the field comes from."""
        return target in self.columns or target in self.constants or target in self.templates

    def source_name(self, target: Target) -> str:
        """What to show as the column of a problem: the file's column, or the field if it is a constant or template."""
        return self.columns.get(target, target.value)

    def columns_used(self) -> set[str]:
        """Every column of the file the profile reads."""
        amounts = {part.amount_column for part in self.events.values()}
        templated = {name for template in self.templates.values() for name in placeholders(template)}
        return set(self.columns.values()) | amounts | templated

    def hints(self) -> FileHints:
        """What the readers need to know."""
        return FileHints(self.file.encoding, self.file.delimiter, self.file.header_line, self.file.sheet)


_ALWAYS: Final = (Target.INVOICE_NUMBER, Target.CURRENCY, Target.KIND)
_NAMES: Final = (Target.COMPANY_NAME, Target.FAMILY_NAME)
_BY_LAYOUT: Final = {
    "claims": ((Target.INVOICED_ON, Target.AMOUNT), (Target.EVENT, Target.EVENT_DAY)),
    "events": (
        (Target.EVENT, Target.EVENT_DAY),
        (
            Target.INVOICED_ON,
            Target.AMOUNT,
            Target.PAID_ON,
            Target.PAID_AMOUNT,
            Target.DUNNING_FEE,
            Target.EXPENSE,
            Target.INTEREST_RATE,
            *(target for target in Target if target.startswith("joint_")),
        ),
    ),
}
_FROM_COLUMN: Final = (
    Target.INVOICE_NUMBER,
    Target.INVOICED_ON,
    Target.AMOUNT,
    Target.EVENT,
    Target.EVENT_DAY,
    Target.PAID_ON,
    Target.INTEREST_RATE,
)


def _complaints(profile: Profile) -> list[str]:
    """What is missing or contradictory, as sentences."""
    required, foreign = _BY_LAYOUT[profile.layout]
    found: list[str] = []
    for target in Target:
        places = [part for part in ("columns", "constants", "templates") if target in getattr(profile, part)]
        if len(places) > 1:
            found.append(f"{target} steht in {' und '.join(places)}; bitte nur an einer Stelle")
    found += [f"{target} fehlt" for target in (*_ALWAYS, *required) if not profile.fills(target)]
    found += [f"{target} gibt es nicht in layout: {profile.layout}" for target in foreign if profile.fills(target)]
    found += [
        f"{target} muss aus einer Spalte kommen" for target in _FROM_COLUMN if profile.fills(target) and target not in profile.columns
    ]
    if not any(profile.fills(target) for target in _NAMES):
        found.append("company_name oder family_name fehlt")
    if not profile.fills(Target.DUE_ON) and profile.payment_term_days is None:
        found.append("due_on oder payment_term_days fehlt")
    if profile.fills(Target.PAID_ON) != profile.fills(Target.PAID_AMOUNT):
        found.append("paid_on und paid_amount gehören zusammen")
    if profile.layout == "events" and [part.verb for part in profile.events.values()].count("opens") != 1:
        found.append("unter events muss genau ein Ereignis mit opens stehen")
    if profile.layout == "claims" and (profile.events or profile.ignore):
        found.append("events und ignore gibt es nur in layout: events")
    found += [
        f"Datumsform „{form}“ ist nicht vorgesehen (möglich: {', '.join(FORMS)})" for form in profile.dates.values() if form not in FORMS
    ]
    for target, template in profile.templates.items():
        found += [f"Vorlage für {target}: {complaint}" for complaint in _template_complaints(template)]
    return found


def _template_complaints(template: str) -> list[str]:
    """Only plain ``{column}`` is allowed: no attributes, indexes, conversions or format specifications."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return [f"„{template}“ hat eine offene Klammer"]
    bad = [
        name for _, name, spec, conversion in parts if name is not None and (not name or "." in name or "[" in name or spec or conversion)
    ]
    return [f"„{{{name}}}“ ist nicht erlaubt, nur {{Spaltenname}}" for name in bad]


def placeholders(template: str) -> list[str]:
    """The columns a template names, in order."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def read_profile(text: str, *, origin: str = "Profil") -> Profile:
    """Read and check a profile. Raises `ProfileInvalid` with every complaint; unknown keys come with the nearest
    known one."""
    if len(text) > PROFILE_MAX:
        raise ProfileInvalid(f"{origin} ist länger als {PROFILE_MAX} Zeichen.")
    try:
        document = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  (a SafeLoader that is stricter still)
    except yaml.YAMLError as cause:
        raise ProfileInvalid(f"{origin} ist kein gültiges YAML: {_first_line(cause)}.") from cause
    if not isinstance(document, dict):
        raise ProfileInvalid(f"{origin} ist leer oder keine Zuordnung.")
    try:
        return Profile.model_validate(document)
    except ValidationError as cause:
        complaints = "; ".join(_complaint(error) for error in cause.errors())
        raise ProfileInvalid(f"In {origin} stimmt nicht: {complaints}.") from cause


class _StrictLoader(yaml.SafeLoader):
    """YAML that refuses the same key twice and reads no dates or numbers where a profile writes text."""


def _unique_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[str, Any]:
    """A mapping with text keys, each once."""
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if not isinstance(key, str | int | float | bool) or keys.count(key) > 1:
            raise yaml.MarkedYAMLError(problem=f"der Schlüssel „{key}“ steht doppelt oder ist kein Text", problem_mark=node.start_mark)
    return {str(key): loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def _first_line(cause: yaml.YAMLError) -> str:
    return " ".join(str(cause).split())[:200]


def _complaint(error: Any) -> str:
    """One pydantic error as a German phrase with the place."""
    place = ".".join(str(part) for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "extra_forbidden" | "enum":
            key = str(error["loc"][-1]) if error["type"] == "extra_forbidden" else str(error["input"])
            near = difflib.get_close_matches(key, _known_keys(), n=1)
            hint = f"; gemeint ist vielleicht „{near[0]}“" if near else ""
            return f"„{key}“ ({place}) kennt das Profil nicht{hint}"
        case "missing":
            return f"{place} fehlt"
        case "value_error":
            return f"{place}: {error['ctx']['error']}" if place else str(error["ctx"]["error"])
        case "string_type":
            return f"{place} muss ein Text sein (in Anführungszeichen)"
        case _:
            return f"{place}: {error['msg']}"


def _known_keys() -> list[str]:
    """Every key a profile may have, for suggestions."""
    names = [name for part in (Profile, FilePart, EventPart, DefaultPart) for name in part.model_fields]
    return names + [target.value for target in Target] + [component.value for component in Component]
