"""The only place of this room that writes."""

from kulanz.intake.commands.import_claims import Imported, import_claims

__all__ = ["Imported", "import_claims"]
