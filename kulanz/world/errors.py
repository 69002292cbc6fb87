"""What can go wrong with the demo."""

from __future__ import annotations

from kulanz.errors import KulanzError


class HomeInUse(KulanzError):
    """In diesem Datenordner stehen schon Daten, die nicht aus der Demo sind. Die Demo rührt sie nicht an."""

    code, status = "home_in_use", 409
    fix = "Einen leeren Ordner nennen, z. B. `KULANZ_HOME=/tmp/kulanz-demo make demo`."


class DemoBusy(KulanzError):
    """Eine andere Demo arbeitet gerade in diesem Datenordner."""

    code, status = "demo_busy", 409
    fix = "Warten, bis sie fertig ist, oder einen anderen Ordner mit KULANZ_HOME nennen."


class DemoNeedsEmbedded(KulanzError):
    """Die angefangene Demo lässt sich auf einer fremden Datenbank nicht neu beginnen."""

    code, status = "demo_needs_embedded", 409
    fix = "DATABASE_URL weglassen oder die Datenbank selbst leeren."


class TrialNeedsEmpty(KulanzError):
    """Die Probe braucht eine leere Datenbank; in dieser stehen schon Mandanten."""

    code, status = "trial_needs_empty", 409
    fix = "`kulanz match-trial` ohne Weiteres aufrufen: Es legt sich selbst einen Datenordner an und räumt ihn weg."
