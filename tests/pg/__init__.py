"""The database backend of the test run."""
