"""Sentences about payment providers that are stored in German: what does not fit, what happened to refunds, whose file it is."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PROVIDERS: tuple[str, ...] = (
    # What does not fit between a settlement and our own notes.
    _("%(ref)s über %(amount)s ist weder Zahlung noch Erstattung noch Gebühr."),
    _("Zu %(ref)s über %(amount)s gibt es hier keine Zahlung."),
    _("%(payout)s: Zu %(ref)s über %(amount)s gibt es hier keine Zahlung."),
    _("%(ref)s über %(amount)s ist abgerechnet, aber hier nicht gebucht (Vorgang %(number)s)."),
    _("%(ref)s ist mit %(amount)s abgerechnet, gebucht sind %(own)s (Vorgang %(number)s)."),
    _("%(ref)s über %(amount)s ging zurück, hier steht die Zahlung noch (Vorgang %(number)s)."),
    _("%(ref)s: Die Zeilen ergeben %(sum)s, ausgezahlt werden %(paid)s."),
    _("Zahlungen weniger Erstattungen und Gebühr ergeben %(sum)s, der Bankumsatz ist %(paid)s."),
    _("%(ref)s: Der Anbieter nennt jetzt einen anderen Auszahlungsbetrag als beim Buchen."),
    _("Vorgang %(number)s über %(amount)s vom %(day)s ist noch in keiner Abrechnung."),
    _("Vorgang %(number)s läuft hier noch, der Anbieter nennt ihn nicht mehr: %(rest)s"),
    _("Eine Erstattung ist gescheitert; das Geld ist wieder beim Anbieter."),
    # What providers said, or did not.
    _("Eine Nachricht oder Antwort war nicht zu verstehen: %(rest)s"),
    _("Nachrichten ohne gültigen Nachweis kamen an und wurden nicht beachtet. Stimmt das Geheimnis des Webhooks im Anschluss?"),
    _("Der Zahlungsanbieter hat nicht geantwortet. Gefragt wird von selbst wieder."),
    _("Der Anbieter antwortet wieder."),
    _("Es passt inzwischen."),
    # Refunds through a provider.
    _("Erstattung %(number)s ist beauftragt und noch nicht beantwortet: %(rest)s"),
    _("Erstattung %(number)s hat der Zahlungsanbieter abgelehnt; das Guthaben wird anders zurückgezahlt."),
    _("Der Zahlungsanbieter konnte das Geld nicht zurückgeben, das Guthaben besteht weiter."),
    _("Das Guthaben oder die Zahlung, mit der es kam, ist inzwischen verbraucht."),
    _("Erstattung über den Zahlungsanbieter, Vorgang %(number)s"),
    _("Erstattung über den Zahlungsanbieter gescheitert, Vorgang %(number)s"),
    _("Gebühr des Anbieters zu %(ref)s"),
    # Settlement files.
    _("%(ref)s ist schon mit anderem Betrag eingelesen (%(file)s, Zeile %(line)s). Es bleibt beim ersten."),
    _("Die Zeile hat keine Nummer des Anbieters. Die Zeile wurde nicht übernommen."),
    _(
        "Diese Datei gehört zu keinem eindeutigen Anschluss: Ihre Zeilen nennen keine Zahlung, die hier begonnen wurde, oder die mehrerer"
        " Anschlüsse. Bitte mit `kulanz import statement DATEI --endpoint …` einlesen."
    ),
    _("Für diesen Anbieter ist kein Anschluss eingerichtet; die Datei lässt sich mit nichts vergleichen."),
    _("%(file)s, Zeile %(line)s: %(rest)s"),
)
