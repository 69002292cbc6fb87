"""Facts in, a finished message out: e-mail (HTML and text) or letter (PDF). Pure: no clock, no database, no network."""
