"""Paying through a provider, as the debtor sees it: choose, pay on the provider's page, come back to the truth."""
