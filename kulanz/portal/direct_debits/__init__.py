"""The debtor's pages about direct debits and money that goes back to them."""
