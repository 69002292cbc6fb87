"""Django's settings. Everything an operator may change is an environment variable named here (see docs/reference/settings.md)."""

from __future__ import annotations

import os
from pathlib import Path

from kulanz.site import database
from kulanz.site.home import home, secret_key

HERE = Path(__file__).resolve().parent
PORT = int(os.environ.get("PORT") or "8000")
DEBUG = os.environ.get("KULANZ_DEBUG") == "1"
KULANZ_HOME = home()
KULANZ_DEMO = os.environ.get("KULANZ_DEMO") == "1"
KULANZ_PUBLIC_URL = (os.environ.get("KULANZ_PUBLIC_URL") or f"http://127.0.0.1:{PORT}").rstrip("/")
KULANZ_SMTP_URL = os.environ.get("KULANZ_SMTP_URL", "")
KULANZ_PROVIDERS = os.environ.get("KULANZ_PROVIDERS") or str(KULANZ_HOME / "providers.toml")

SECRET_KEY = secret_key()
ALLOWED_HOSTS = (os.environ.get("KULANZ_HOSTS") or "127.0.0.1,localhost,[::1]").split(",")
_SECURE = KULANZ_PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "kulanz.site.apps.SiteConfig",
    "kulanz.ledger",
    "kulanz.claims",
    "kulanz.contact",
    "kulanz.intake",
    "kulanz.payments",
    "kulanz.strategy",
    "kulanz.runs",
    "kulanz.portal",
    "kulanz.desk",
    "kulanz.office",
    "kulanz.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kulanz.site.middleware.ViewerMiddleware",
    "kulanz.site.middleware.ErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "kulanz.site.urls"
WSGI_APPLICATION = "kulanz.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kulanz.site.context.page",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "kulanz.site.pg",
        **database.connection_settings(),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,
        "TEST": {"TEMPLATE": "template0"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "claims.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "desk:login"
LOGIN_REDIRECT_URL = "desk:worklist"
LOGOUT_REDIRECT_URL = "desk:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "desk/locked.html"
AXES_DISABLE_ACCESS_LOG = True

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_AGE = 8 * 3600
CSRF_FAILURE_VIEW = "kulanz.site.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [KULANZ_PUBLIC_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("KULANZ_BEHIND_PROXY") == "1" else None

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
KULANZ_UPLOAD_MAX_BYTES = 50 * 1024 * 1024

LOGGING_CONFIG = "kulanz.site.logs.configure"
LOGGING = {"version": 1}  # Django calls the function above only if this is not empty
