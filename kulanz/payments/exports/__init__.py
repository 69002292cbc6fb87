"""Files for the accounts of others: DATEV."""
