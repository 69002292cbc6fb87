"""Django's PostgreSQL backend that starts the embedded server when it is not there."""
