"""What `kulanz check` asks about agreements: sums that tie, and holds that stand exactly as long as what they stand for."""

from __future__ import annotations

from typing import Final

FINDINGS: Final = {
    "agreement_sum_differs": """
        SELECT 'agreement ' || a.id FROM payments_agreement a LEFT JOIN payments_instalment i ON i.agreement_id = a.id
        WHERE a.kind <> 'pause' GROUP BY a.id
        HAVING coalesce(sum(i.amount_cents), 0) <> a.total_cents
            OR (a.kind IN ('plan', 'deferral') AND a.total_cents <> a.open_cents + a.interest_cents + a.fee_cents)
            OR (a.kind = 'settlement' AND a.total_cents <> a.open_cents - a.waived_cents) LIMIT 20""",
    "agreement_without_hold": """
        SELECT 'agreement ' || a.id FROM payments_agreement a WHERE a.state = 'active' AND NOT EXISTS (
          SELECT FROM claims_hold h WHERE h.case_id = a.case_id AND h.reason = a.kind AND h.lifted_at IS NULL AND h.forbids_contact)
        LIMIT 20""",
    "hold_of_no_agreement": """
        SELECT 'hold ' || h.id FROM claims_hold h WHERE h.source LIKE 'agreement:%' AND h.lifted_at IS NULL AND NOT EXISTS (
          SELECT FROM payments_agreement a WHERE a.case_id = h.case_id AND a.kind = h.reason AND a.state IN ('active', 'offered'))
        LIMIT 20""",
    "instalment_of_another_case": """
        SELECT 'instalment ' || i.id FROM payments_instalment i JOIN payments_agreement a ON a.id = i.agreement_id
        JOIN claims_case k ON k.id = a.case_id
        WHERE i.case_id <> a.case_id OR i.creditor_id <> a.creditor_id OR k.creditor_id <> a.creditor_id LIMIT 20""",
}
