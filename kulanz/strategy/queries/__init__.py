"""Reading facts, playbooks and the decision diary."""

from kulanz.strategy.queries.diary import ClaimDecision, decision_by_number, decisions_of_day, explain
from kulanz.strategy.queries.facts import TRANSPORT, read_facts
from kulanz.strategy.queries.playbooks import SavedPlaybook, active_playbook, playbook_version

__all__ = [
    "TRANSPORT",
    "ClaimDecision",
    "SavedPlaybook",
    "active_playbook",
    "decision_by_number",
    "decisions_of_day",
    "explain",
    "playbook_version",
    "read_facts",
]
