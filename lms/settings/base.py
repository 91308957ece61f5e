"""Settings shared by every environment; dev, test and prod hold only differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from lms.settings.env import Environment, bucket_origins, database, origin

ENV = Environment()
BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR: Path = ENV["LMS_VAR"] or BASE_DIR / "var"
KEYS_DIR: Path = ENV["LMS_KEYS_DIR"] or VAR_DIR / "keys"
LETTER_KEY: str = ENV["LMS_LETTER_KEY"]
SITE_URL: str = ENV["LMS_SITE_URL"].rstrip("/")
WAGTAILADMIN_BASE_URL = SITE_URL
SECRET_KEY: str = ENV["LMS_SECRET_KEY"]
ALLOWED_HOSTS: list[str] = ENV["LMS_ALLOWED_HOSTS"]
DEBUG = False

# --- The houses, then the libraries they stand on -------------------------------------------
INSTALLED_APPS = [
    "lms",
    "courses",
    "enrollment",
    "media",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "lms.base.requests.NameRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lms.csp_for_cms.LooserPolicy",
    "lms.base.kept_pages.KeepPublicPages",
    "lms.base.compression.CompressPages",
    "lms.base.hints.StyleFirst",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lms.accounts.middleware.DefaultDeny",
    "lms.accounts.middleware.SpeakRefusals",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "lms.context.site",
                "lms.desk.navigation.staff_nav",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "lms.templatetags.pieces",
            ],
        },
    }
]
# How late a public page may be in saying that a place is gone.
PUBLIC_PAGES_KEPT_S = 30
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ------------------------------------------------------------------------------------
DATABASES = {"default": database(ENV["LMS_DATABASE_URL"], VAR_DIR / "lms.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    INSTALLED_APPS.append("django.contrib.postgres")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV["LMS_CACHE_URL"]}
        if ENV["LMS_CACHE_URL"]
        # Files are shared by the web processes of one machine, which a memory cache is not:
        # rate limits must not be counted per process.
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
        }
    ),
    # In the memory of each process, for what is costly to make and the same for everybody: the text of a
    # lesson under its version, a public page for some seconds. Never anything about a person.
    "local": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 300,
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}


def _files(folder: str, *, public: bool = False) -> dict[str, Any]:
    if ENV["LMS_S3_BUCKET"]:
        return {
            "BACKEND": "lms.base.bucket.Bucket",
            "OPTIONS": {
                "bucket_name": ENV["LMS_S3_BUCKET"],
                "location": folder,
                "endpoint_url": ENV["LMS_S3_ENDPOINT"] or None,
                "region_name": ENV["LMS_S3_REGION"],
                "access_key": ENV["LMS_S3_ACCESS_KEY"] or None,
                "secret_key": ENV["LMS_S3_SECRET_KEY"] or None,
                "file_overwrite": False,
                "signature_version": "s3v4",
                "querystring_expire": 600,
            },
        }
    options: dict[str, Any] = {"location": VAR_DIR / folder}
    options["base_url"] = "/uploads/" if public else None
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


# For everybody, and so for nginx, which may be another user; what people upload is not.
STATIC_FILES: dict[str, Any] = {
    "BACKEND": "lms.base.storage.StaticFiles",
    "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
}
# Three kinds of files, three doors: what editors publish, what only a policy may open, videos.
STORAGES: dict[str, dict[str, Any]] = {
    "default": _files("uploads", public=True),
    "private": _files("private"),
    "videos": _files("videos"),
    "staticfiles": STATIC_FILES,
}
MEDIA_ROOT = VAR_DIR / "uploads"
MEDIA_URL = "/uploads/"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "lms.stylesheets.StylesheetFinder",
]
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# --- People ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "lms.User"
AUTHENTICATION_BACKENDS = ["lms.accounts.backends.Accounts"]
PASSWORD_HASHERS = [
    "lms.accounts.hashing.StaffPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "lms.accounts.passwords.NoHouseWords"}]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "desk:home_for_role"
WAGTAILADMIN_LOGIN_URL = "/sign-in/staff/"
ACCOUNT_ADAPTER = "lms.accounts.adapter.PhoneAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
# The form is closed; the list decides that staff sign in with a password.
ACCOUNT_SIGNUP_FIELDS = ["phone", "username*", "password1*"]
# A code sent to the phone is the proof; no second round after it.
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_DISPLAY = "lms.accounts.adapter.display_name"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_RATE_LIMITS = {
    # Many riders share one carrier address: the phone number is the key that counts.
    "request_login_code": "200/m/ip,4/10m/key",
    "login_failed": "100/m/ip,5/5m/key",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "lms.accounts.factors.SealedFactors"
MFA_TOTP_ISSUER = "学历能力提升专班"
STAFF_MFA: str = ENV["LMS_STAFF_MFA"] or "optional"
SMS_BACKEND: str = ENV["LMS_SMS_BACKEND"]
REMINDER_CARRIERS = ["courses.reminders.carriers.Sms"]
MEMBER_REGISTER: str = ENV["LMS_MEMBER_REGISTER"]
SESSION_ENGINE = "lms.base.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
PROXY_HOPS: int = ENV["LMS_PROXY_HOPS"]
# Otherwise everybody behind our own proxy would share one address, and one limit.
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_HOPS
HELP_PHONE: str = ENV["LMS_HELP_PHONE"]

# --- Pages leave nothing to foreign hosts ----------------------------------------------------
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    # Wagtail's admin still needs inline script and style (wagtail#1288): looser rule in lms.csp_for_cms.
    "EXCLUDE_URL_PREFIXES": ["/cms/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "media-src": [SELF, "blob:"],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}
if ENV["LMS_S3_BUCKET"]:
    # Players are sent on to signed addresses at the bucket, by path or by host name.
    for _directive in ("media-src", "img-src", "connect-src"):
        CONTENT_SECURITY_POLICY["DIRECTIVES"][_directive] += bucket_origins(
            ENV["LMS_S3_ENDPOINT"], ENV["LMS_S3_BUCKET"], ENV["LMS_S3_REGION"]
        )
if ENV["LMS_VIDEO_CDN"]:
    for _directive in ("media-src", "img-src", "connect-src"):
        CONTENT_SECURITY_POLICY["DIRECTIVES"][_directive] += [origin(ENV["LMS_VIDEO_CDN"])]
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# --- Language and time -----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英文"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Work behind the screens -----------------------------------------------------------------
_BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL: str = ENV["LMS_BROKER_URL"] or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "data_folder_in": str(_BROKER_DIR),
        "data_folder_out": str(_BROKER_DIR),
        "control_folder": str(_BROKER_DIR / "control"),
        "polling_interval": 0.2,
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "light"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
VIDEO_QUOTA_BYTES: int = ENV["LMS_VIDEO_QUOTA_GB"] * 10**9
FFMPEG: Path | None = ENV["LMS_FFMPEG"]
ENCODER_THREADS: int = ENV["LMS_ENCODER_THREADS"]
VIDEO_ACCEL: str = ENV["LMS_VIDEO_ACCEL"].rstrip("/")
VIDEO_CDN: str = ENV["LMS_VIDEO_CDN"].rstrip("/")
VIDEO_CDN_KEY: str = ENV["LMS_VIDEO_CDN_KEY"]
VIDEO_AV1: bool = ENV["LMS_VIDEO_AV1"]
CAPTIONS_PROGRAM: Path | None = ENV["LMS_CAPTIONS_PROGRAM"]

# --- Wagtail ---------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "学历能力提升专班"
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# The last reviewer's word publishes only what students can finish.
WAGTAIL_FINISH_WORKFLOW_ACTION = "courses.catalogue.approving.publish_approved"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

# --- Other systems: a read API by tokens, events to addresses outside -------------------------
HOOK_NETWORKS: list[str] = ENV["LMS_HOOK_NETWORKS"]
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "学历能力提升专班 · 只读接口",
    "DESCRIPTION": "Read-only, for the union's data platform. No names, ID numbers or phones. "
    "A token in the header Authorization (Bearer) has scopes, a unit of the union as its reach, and an expiry.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
}

METRICS_TOKEN: str = ENV["LMS_METRICS_TOKEN"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "lms.base.logs.Lines"},
        "json": {"()": "lms.base.logs.JsonLines"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": ENV["LMS_LOG_FORMAT"] or "line"}
    },
    "root": {"handlers": ["console"], "level": ENV["LMS_LOG_LEVEL"]},
    "loggers": {
        # One line for every indexed page would bury the rest.
        "django_tasks": {"level": "WARNING"},
        # A line per request: in production, where machines read them.
        "lms.requests": {"level": "WARNING"},
    },
}
