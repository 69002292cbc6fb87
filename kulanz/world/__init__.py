"""The simulated world: debtors with hidden types, their bank, their mail. It drives the real code from outside;
nothing else imports it."""
