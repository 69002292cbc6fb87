"""What the payments room decides without a database: which line is which payment, and whose it is."""
