"""Settings of the test run: the product's own, with a cheap password hash."""

from kulanz.site.settings import *  # noqa: F403  (Django's way to derive settings)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
AXES_ENABLED = True
