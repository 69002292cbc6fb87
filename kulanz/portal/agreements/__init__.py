"""Paying later: in instalments, on pay-day, as offered; what stands, and changing it."""
