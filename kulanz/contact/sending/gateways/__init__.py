"""Ways out of the house: each takes a parcel under a key and either has it, refuses it, or leaves us unsure."""
