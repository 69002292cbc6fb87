"""Pages of the office, by what they are about."""
