"""A second person who owes the same invoice (§ 421 BGB): read from columns of their own, one for each row.

Who is liable hangs on the case, and a case holds all invoices of one customer. So every invoice of a customer number names the same second
person, or none; otherwise somebody would be asked for an invoice that is not theirs.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from kulanz.intake.readers.table import LINE
from kulanz.intake.rules.batch import Batch, Circumstances
from kulanz.intake.rules.parties import EMAIL_SHAPE, with_keys
from kulanz.intake.rules.problems import ProblemCode, found, one_per_field
from kulanz.intake.rules.profile import Profile, Target

_TARGETS: Final = (
    Target.JOINT_NUMBER,
    Target.JOINT_GIVEN_NAME,
    Target.JOINT_FAMILY_NAME,
    Target.JOINT_COMPANY_NAME,
    Target.JOINT_STREET,
    Target.JOINT_POSTCODE,
    Target.JOINT_CITY,
    Target.JOINT_EMAIL,
)
_LONGEST: Final = {
    Target.JOINT_NUMBER: 100,
    Target.JOINT_GIVEN_NAME: 100,
    Target.JOINT_FAMILY_NAME: 100,
    Target.JOINT_COMPANY_NAME: 160,
    Target.JOINT_STREET: 120,
    Target.JOINT_POSTCODE: 10,
    Target.JOINT_CITY: 80,
    Target.JOINT_EMAIL: 254,
}
_NAMED: Final = pl.col(Target.JOINT_FAMILY_NAME).is_not_null() | pl.col(Target.JOINT_COMPANY_NAME).is_not_null()
_SAID: Final = pl.any_horizontal(pl.col(target).is_not_null() for target in _TARGETS)


def joint_problems(rows: pl.DataFrame, profile: Profile) -> list[pl.DataFrame]:
    """A second person without a name, with an impossible address, or not the same for every invoice of a customer."""
    filled = [target for target in _TARGETS if profile.fills(target)]
    if not filled:
        return []
    checks = [
        found(rows, pl.col(target).str.len_chars() > _LONGEST[target], ProblemCode.VALUE_TOO_LONG, profile.source_name(target),
              value=pl.col(target), detail=str(_LONGEST[target]))
        for target in filled
    ]  # fmt: skip
    name = profile.source_name(Target.JOINT_FAMILY_NAME if profile.fills(Target.JOINT_FAMILY_NAME) else Target.JOINT_COMPANY_NAME)
    checks.append(found(rows, _SAID & ~_NAMED, ProblemCode.NAME_MISSING, name, detail="joint_family_name, joint_company_name"))
    email = pl.col(Target.JOINT_EMAIL)
    wrong = email.is_not_null() & ~email.str.contains(EMAIL_SHAPE)
    checks.append(found(rows, wrong, ProblemCode.EMAIL_INVALID, profile.source_name(Target.JOINT_EMAIL), value=email))
    if profile.fills(Target.DEBTOR_NUMBER):
        who = pl.concat_str([pl.col(target).fill_null("") for target in _TARGETS], separator="|")
        several = rows.with_columns(
            other=pl.col("debtor_number").is_not_null() & (who != who.first().over("debtor_number")),
            first=pl.col(LINE).first().over("debtor_number"),
        )
        number = profile.source_name(Target.DEBTOR_NUMBER)
        checks.append(
            found(several, pl.col("other"), ProblemCode.JOINT_DIFFERS, number, value=pl.col("debtor_number"), detail=pl.col("first"))
        )
    return checks


def joint_parties(rows: pl.DataFrame, about: Circumstances) -> pl.DataFrame:
    """The second persons of the valid rows: the invoice's number and everything `claims.commands.joint` wants of a debtor.

    Without an address of their own they live where the first one lives.
    """
    theirs = rows.filter(_NAMED)
    own = pl.col(Target.JOINT_STREET).is_not_null() | pl.col(Target.JOINT_POSTCODE).is_not_null()
    company = pl.col(Target.JOINT_COMPANY_NAME).is_not_null()
    address = {field: pl.when(own).then(f"joint_{field}").otherwise(field) for field in ("street", "postcode", "city")}
    people = theirs.select(
        LINE,
        pl.col("invoice_number").alias("external_id"),
        pl.col("debtor_number").alias("main_number"),
        pl.col(Target.JOINT_NUMBER).alias("debtor_number"),
        kind=pl.when(company).then(pl.lit("company")).otherwise(pl.lit("person")),
        salutation=pl.lit(None, pl.String),
        title=pl.lit(None, pl.String),
        given_name=pl.when(~company).then(Target.JOINT_GIVEN_NAME.value),
        family_name=pl.when(~company).then(Target.JOINT_FAMILY_NAME.value),
        company_name=pl.col(Target.JOINT_COMPANY_NAME),
        country=pl.col("country"),
        land=pl.when(~own).then("land"),
        language=pl.col("language"),
        email=pl.col(Target.JOINT_EMAIL),
        phone=pl.lit(None, pl.String),
        **address,
    )  # fmt: skip
    return with_keys(people, secret=about.secret, tenant=about.creditor_key)


def joint_conflicts(batch: Batch, known: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Problems of new invoices whose customer's case is liable otherwise: `known` says who (debtor, joint; joint may be null)."""
    joint = batch.joint.select("external_id", joint=pl.col("debtor_number"))
    mine = batch.claims.join(joint, on="external_id", how="left").join(known, left_on="debtor_external_id", right_on="debtor")
    differs = pl.col("joint").ne_missing(pl.col("known_joint"))
    number = profile.source_name(Target.INVOICE_NUMBER)
    return one_per_field([found(mine, differs, ProblemCode.JOINT_CHANGED, number, value=pl.col("external_id"))])
