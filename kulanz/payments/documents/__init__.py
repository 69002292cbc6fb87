"""Papers for creditors: the remittance statement and the invoice of fees."""
