"""Kulanz: overdue bills back into customers."""
