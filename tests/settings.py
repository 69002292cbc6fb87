"""Settings of the test run: the product's own on a data folder of its own, with a cheap password hash.

Imported before anything else of ours, so the environment is set here: nothing of an installation on this machine is touched.
"""

import hashlib
import os
import tempfile
from pathlib import Path

_checkout = hashlib.sha256(str(Path(__file__).resolve().parent).encode()).hexdigest()[:10]
os.environ["KULANZ_HOME"] = os.environ.get("KULANZ_TEST_HOME") or str(Path(tempfile.gettempdir()) / f"kulanz-test-{_checkout}")
os.environ.setdefault("KULANZ_SECRET", "only-for-tests-" + "x" * 40)
for _name in ("KULANZ_NOW", "KULANZ_DEMO", "KULANZ_SMTP_URL", "KULANZ_PUBLIC_URL", "PORT", "KULANZ_FAILPOINT"):
    os.environ.pop(_name, None)

from kulanz.site.settings import *  # noqa: E402, F403  (Django's way to derive settings)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
DATABASES["default"]["ENGINE"] = "tests.pg"  # noqa: F405
