"""What can go wrong when a debtor pays through a provider."""

from kulanz.payments.errors import PaymentsError


class CheckoutNotFound(PaymentsError):
    """Diese Zahlung gibt es hier nicht."""

    code, status = "checkout_not_found", 404


class PaymentUnderWay(PaymentsError):
    """Eine Zahlung von Ihnen ist schon unterwegs."""

    code = "payment_under_way"
    fix = "Bitte warten Sie, bis sie angekommen ist. So bezahlen Sie nicht doppelt."


class AmountNotOpen(PaymentsError):
    """So viel ist nicht mehr offen."""

    code = "amount_not_open"
    fix = "Bitte laden Sie die Übersicht neu. Vielleicht ist gerade eine Zahlung angekommen."


class MethodNotOffered(PaymentsError):
    """Diesen Zahlweg gibt es hier nicht."""

    code, status = "method_not_offered", 404
    fix = "Bitte wählen Sie einen anderen Weg."


class NotParked(PaymentsError):
    """Bei dieser Zahlung ist nichts zu entscheiden."""

    code = "checkout_not_parked"


class SlipNotOpen(PaymentsError):
    """Dieser Zahlschein gilt nicht mehr."""

    code = "slip_not_open"
    fix = "Bitte holen Sie sich einen neuen."


class ProblemNotFound(PaymentsError):
    """Diese Unstimmigkeit gibt es hier nicht."""

    code, status = "provider_problem_not_found", 404


class ProblemNotOpen(PaymentsError):
    """Das ist schon erledigt."""

    code = "provider_problem_done"


class PayoutDoesNotFit(PaymentsError):
    """Diese Auszahlung passt nicht zu den Zahlungen."""

    code = "payout_does_not_fit"
    fix = "Die Abrechnung des Anbieters nennt die Zahlungen und die Gebühr. Es wurde nichts gebucht."
