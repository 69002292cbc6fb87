"""The law's calculators as public pages: form, answer, the way to it, ready to print. One view for all of them."""
