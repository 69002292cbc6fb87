"""A payment provider of the played world: it answers as Stripe, PayPal and Mollie do, shows a page to pay on, and reports well or badly."""
