"""Pure rules of the room: texts in, validated claims and problems out. No clock, no database, no randomness."""
