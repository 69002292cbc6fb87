"""What is said about a file of claims that cannot be taken as it is: the file as a whole, or one of its lines."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as _

FILES: Final[tuple[str, ...]] = (
    _("In der Datei „%(name)s“ steht nichts."),
    _("In der Kopfzeile (Zeile %(line)s) steht kein Trennzeichen."),
    _("Die Datei hat nur %(count)s Zeilen, die Kopfzeile soll in Zeile %(line)s stehen."),
    _("Ab Zeile %(line)s steht keine Kopfzeile."),
    _("Ab Zeile %(line)s stimmen die Anführungszeichen nicht (%(detail)s)."),
    _("Zeile %(line)s enthält Null-Bytes; die Datei ist kein Text."),
    _("Zeile %(line)s enthält das Steuerzeichen %(sign)s; die Datei ist kein reiner Text."),
    _("Zeile %(line)s ist nicht als %(name)s lesbar, wie es im Profil steht."),
    _("Die Datei beginnt als %(name)s, ist es ab Byte %(number)s aber nicht mehr."),
    _("Zeile %(line)s enthält Bytes, die weder UTF-8 noch Windows-1252 sind."),
    _("Die Datei „%(name)s“ ist leer."),
    _("Die Datei „%(name)s“ gibt es nicht oder sie ist nicht lesbar."),
    _("Die Datei ist (entpackt) größer als %(size)s MB."),
    _("Die Datei ist %(kind)s, keine Tabelle."),
    _("In Zeile %(line)s steht keine Kopfzeile."),
    _("Die Kopfzeile hat %(count)s Spalten, erlaubt sind %(most)s."),
    _("Diese Spaltennamen stehen in der Kopfzeile mehrfach: %(names)s."),
    _("Der Teil „%(name)s“ der Excel-Datei ist nicht so aufgebaut, wie Excel ihn schreibt."),
    _("Das Tabellenblatt „%(name)s“ ist leer."),
    _("Die Excel-Datei besteht aus %(count)s Teilen; erlaubt sind %(most)s."),
    _("Die Excel-Datei würde entpackt %(size)s MB groß; erlaubt sind %(most)s MB."),
    _("Der Teil „%(name)s“ der Excel-Datei ist beschädigt."),
    _("Zeile %(line)s hat mehr gefüllte Zellen als die Kopfzeile Spalten."),
    _("Das Tabellenblatt „%(name)s“ gibt es nicht."),
    _("Vorhanden: %(names)s."),
    _("Gefunden wurden: %(names)s."),
    _("In der Kopfzeile fehlen Spalten des Profils „%(name)s“: %(names)s."),
    _("%(name)s ist länger als %(most)s Zeichen."),
    _("%(name)s ist leer oder keine Zuordnung."),
    _("%(name)s ist kein gültiges YAML: %(detail)s."),
    _("Spalte „%(name)s“ mischt Dezimalpunkt (%(dots)s Werte) und Dezimalkomma (%(commas)s Werte)"),
    _("Spalte „%(name)s“: ob 1.234 tausend oder eins Komma zwei heißt, ist nicht zu erkennen"),
    _("Spalte „%(name)s“: die meisten Werte haben keine erkennbare Datumsform (etwa „%(value)s“)"),
    _("Spalte „%(name)s“ mischt Monat zuerst (%(months)s Werte) und Tag zuerst (%(days)s Werte)"),
    _("Spalte „%(name)s“: Tag und Monat sind nicht zu unterscheiden"),
    _("Die Datei mischt Zeichensätze (Zeile %(line)s)"),
    _("In %(name)s stimmt nicht: %(detail)s."),
    _("%(rest)s: möglich sind %(names)s."),
    _("Bitte im Profil festlegen: %(hint)s"),
)
"""Why a file is refused."""

LINES: Final[tuple[str, ...]] = (
    _(
        "Für die Akte zur Rechnung „%(value)s“ haften andere als in dieser Zeile. Niemand soll für eine fremde Rechnung "
        "gemahnt werden; bitte unter einer eigenen Kundennummer liefern."
    ),
    _(
        "Zur Forderung „%(value)s“ wurde seit der Übernahme schon anderes gebucht. Damit nichts doppelt zählt, wurde "
        "aus der Datei nichts gebucht. Bitte in der Akte klären."
    ),
    _(
        "Der Zinssatz der schon bekannten Forderung „%(value)s“ steht jetzt anders in der Datei. Ändern kann ihn die "
        "Teamleitung in der Akte."
    ),
    _(
        "Der Kunde „%(value)s“ hat in Zeile %(detail)s andere Mithaftende. Wer für alles gemeinsam haftet, braucht eine "
        "eigene Kundennummer."
    ),
    _("Schon gebuchte Vorgänge zur Forderung „%(value)s“ stehen jetzt anders in der Datei. Bitte in der Akte klären."),
    _("Der Betrag %(value)s ist negativ. Eine Gutschrift ist keine Forderung; bitte mit der Rechnung verrechnen."),
    _("Die schon bekannte Forderung „%(value)s“ gehört hier zu einem anderen Kunden. Bitte in der Akte klären."),
    _("Der Kunde „%(value)s“ ist in dieser Datei einmal Person, einmal Firma (zuerst in Zeile %(detail)s)."),
    _("Die Währung der schon bekannten Forderung „%(value)s“ hat sich geändert. Bitte in der Akte klären."),
    _("„%(value)s“ ist kein Zinssatz in Prozent mit höchstens zwei Nachkommastellen, zum Beispiel 8,50."),
    _("Die Zeile hat %(detail)s wie in der Kopfzeile. Steht ein Trennzeichen mitten in einem Wert?"),
    _("Die Nummer „%(value)s“ steht schon in Zeile %(detail)s. Die erste Zeile gilt, diese nicht."),
    _("Ohne Kundennummer, Anschrift oder E-Mail ist nicht zu unterscheiden, wer gemeint ist."),
    _("Das Ereignis „%(value)s“ ist im Profil weder zugeordnet noch unter ignore genannt."),
    _("Der neue Gesamtbetrag %(value)s ist kleiner als der bisherige (%(detail)s Cent)."),
    _("Das Ereignis vom %(value)s liegt vor der Eröffnung des Vorgangs am %(detail)s."),
    _("Der Vorgang „%(value)s“ wird zweimal eröffnet (zuerst in Zeile %(detail)s)."),
    _("„%(value)s“ ist kein Länderkürzel mit zwei Buchstaben (zum Beispiel DE)."),
    _("Zum Vorgang „%(value)s“ fehlt das Ereignis, das die Forderung begründet."),
    _("Die Währung „%(value)s“ wird nicht unterstützt. Möglich: %(detail)s."),
    _("Die Fälligkeit „%(value)s“ liegt vor dem Rechnungsdatum %(detail)s."),
    _("Der Betrag %(value)s ist unglaubhaft groß (Grenze: 10 Milliarden)."),
    _("Der Zinssatz von %(value)s %% wird so nicht übernommen: %(detail)s"),
    _("Die Zahlung „%(value)s“ liegt vor dem Rechnungsdatum %(detail)s."),
    _("Es ist ein Zahlbetrag angegeben, aber nicht, wann gezahlt wurde."),
    _("„%(value)s“ ist hier nicht vorgesehen. Möglich: %(detail)s."),
    _("Ein Zinssatz von %(value)s %% im Jahr ist unglaubhaft hoch."),
    _("Das Datum „%(value)s“ liegt außerhalb von %(detail)s."),
    _("Den Tag „%(value)s“ gibt es nicht (Form %(detail)s)."),
    _("„%(value)s“ ist kein Datum in der Form %(detail)s."),
    _("„%(value)s“ ist keine Postleitzahl in %(detail)s."),
    _("Der Betrag %(value)s hat Bruchteile eines Cents."),
    _("Der Betrag ist null; es gibt nichts zu fordern."),
    _("Es ist ein Zahltag angegeben, aber kein Betrag."),
    _("Die Zahlung „%(value)s“ liegt in der Zukunft."),
    _("Der Wert ist länger als %(detail)s Zeichen."),
    _("Es fehlt der Name des Kunden (%(detail)s)."),
    _("„%(value)s“ ist kein Betrag (%(detail)s)."),
    _("„%(value)s“ ist keine E-Mail-Adresse."),
    _("„%(value)s“ ist keine Telefonnummer."),
    _("Hier fehlt ein Wert."),
    _("Der Betrag fehlt."),
    _("Das Datum fehlt."),
)
"""Why a line is left (`kulanz.intake.rules.problems.SENTENCES`); the longest first, so that none is taken for a shorter one."""
