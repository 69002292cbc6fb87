"""A trial of the matching: a portfolio of its own, a bank file whose every line is known, and the count of what was made of it."""
