"""Why a file or a profile is refused as a whole. What is wrong with single rows is a `Problem`, not an error."""

from __future__ import annotations

from typing import ClassVar

from kulanz.errors import KulanzError


class IntakeError(KulanzError):
    """Diese Datei lässt sich so nicht einlesen."""

    code: ClassVar[str] = "intake_error"
    status: ClassVar[int] = 422
    fix: ClassVar[str] = "An den Daten wurde nichts geändert."


class FileMissing(IntakeError):
    """Diese Datei gibt es nicht oder sie ist nicht lesbar."""

    code = "file_missing"
    fix = "Bitte Pfad und Leserechte prüfen."


class EmptyFile(IntakeError):
    """Die Datei ist leer."""

    code = "empty_file"
    fix = "Bitte prüfen, ob der Export vollständig war, und die Datei noch einmal erzeugen."


class FileTooLarge(IntakeError):
    """Die Datei ist größer, als Kulanz auf einmal einliest."""

    code = "file_too_large"
    fix = "Bitte in mehrere Dateien teilen; schon bekannte Forderungen werden dabei nicht doppelt angelegt."


class NotATable(IntakeError):
    """Der Inhalt ist keine Tabelle."""

    code = "not_a_table"
    fix = "Möglich sind CSV, TSV und Excel (.xlsx), jeweils auch als .gz."


class DamagedFile(IntakeError):
    """Die Datei ist beschädigt oder unvollständig."""

    code = "damaged_file"
    fix = "Bitte die Datei noch einmal erzeugen oder übertragen."


class UnsafeWorkbook(IntakeError):
    """Diese Excel-Datei enthält etwas, das Kulanz aus Vorsicht nicht öffnet."""

    code = "unsafe_workbook"
    fix = "Bitte die Tabelle in Excel öffnen, als neue .xlsx- oder CSV-Datei speichern und diese hochladen."


class AmbiguousFormat(IntakeError):
    """Ein Format in dieser Datei ist nicht eindeutig; geraten wird nicht."""

    code = "ambiguous_format"


class HeaderProblem(IntakeError):
    """Die Kopfzeile passt nicht."""

    code = "header_problem"


class ProfileInvalid(IntakeError):
    """Das Zuordnungsprofil ist so nicht verwendbar."""

    code = "profile_invalid"
    fix = "Ein vollständiges Beispiel steht in docs/how-to/import-claims.md."
