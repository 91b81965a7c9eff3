"""Which language a page speaks: the address says it, else the browser; nothing is remembered."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from evidence.errors import SettingsError

SOURCE = "en"
LANGUAGES = {"en": "English", "es": "Español"}


def install(app: Flask, translations: Path, time_zone: str) -> None:
    """Let the app speak `LANGUAGES`; raises `SettingsError` where a translation was not compiled."""
    for code in LANGUAGES.keys() - {SOURCE}:
        if not (translations / code / "LC_MESSAGES" / "messages.mo").is_file():
            raise SettingsError(
                "The translations are not compiled; run `pybabel compile -d web/citizen/translations`."
            )
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["BABEL_DEFAULT_TIMEZONE"] = time_zone
    Babel(app, default_locale=SOURCE, locale_selector=spoken)

    # Links keep a language that was chosen; who chose none is asked by the browser again.
    @app.url_defaults
    def keep_choice(endpoint: str, values: dict[str, Any]) -> None:
        if has_request_context() and "lang" not in values and endpoint != "static_file":
            values["lang"] = _chosen()

    @app.context_processor
    def words() -> dict[str, Any]:
        locale = get_locale()
        direction = locale.text_direction if locale else "ltr"
        return {
            "lang": str(locale),
            "direction": direction,
            "languages": LANGUAGES,
            "in_language": _this_page_in,
        }


def spoken() -> str:
    """Return the code of the request's language."""
    return _chosen() or best_of(request.accept_languages)


def best_of(accepted: LanguageAccept) -> str:
    """Return the code that fits an Accept-Language header best; English where none does."""
    return accepted.best_match(list(LANGUAGES)) or SOURCE


def spoken_in(query: str, accepted: str) -> str:
    """Return the code of a request that is not Flask's: its address says it, else its Accept-Language."""
    chosen = known(parse_qs(query).get("lang", [""])[0])
    return chosen or best_of(parse_accept_header(accepted, LanguageAccept))


def known(code: object) -> str | None:
    """Return `code` where it is a language we speak."""
    return code if isinstance(code, str) and code in LANGUAGES else None


def _chosen() -> str | None:
    return known(request.args.get("lang"))


def _this_page_in(code: str) -> str:
    return f"{request.path}?lang={code}"
