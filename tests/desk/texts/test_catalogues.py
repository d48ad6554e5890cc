"""The operators' texts: all collected, all translated, all compiled."""

import ast
import io
import re
from gettext import GNUTranslations
from string import Formatter

import pytest
from babel.messages import Catalog

from onduty_desk.texts import LANGUAGES, catalogues, words
from onduty_desk.texts.table import as_markdown

TRANSLATIONS = [language for language in LANGUAGES if language != "en"]


def sentences(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


def test_the_template_holds_every_sentence_of_the_code() -> None:
    """`make catalogues` was run after the last change of a text."""
    written = catalogues.template_path(catalogues.LOCALE).read_text(encoding="utf-8")

    assert written == catalogues.as_text(catalogues.collect())


def test_no_sentence_is_hidden_from_what_collects_them() -> None:
    """Within an f-string they are not seen: who reads Russian would read English there."""
    collected = {text for one in sentences(catalogues.collect()) for text in _forms(one)}
    written = {
        call.args[0].value
        for source in catalogues.SOURCES
        for file in (catalogues.ROOT / source).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"gettext", "ngettext"}
        and isinstance(call.args[0], ast.Constant)
    }
    assert written - collected == set()


def _forms(one: object) -> tuple[object, ...]:
    return one if isinstance(one, tuple) else (one,)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_is_complete_and_sure(language: str) -> None:
    """No operator reads half a language."""
    catalogue = catalogues.read(catalogues.translation_path(language), language)

    assert sentences(catalogue) == sentences(catalogues.collect())
    assert [m.id for m in catalogue if m.id and not catalogues.is_translated(m)] == []
    assert [m.id for m in catalogue if m.fuzzy and m.id] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_the_placeholders_of_the_original(language: str) -> None:
    """A translated text can be filled in wherever the English one can."""
    catalogue = catalogues.read(catalogues.translation_path(language), language)
    for message in catalogue:
        if not message.id:
            continue
        wanted = {placeholders(original) for original in forms_of(message.id)}
        assert {placeholders(form) for form in forms_of(message.string)} == wanted, message.id


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_compiled_catalogue_is_what_compiling_gives(language: str) -> None:
    """What is delivered is what translators wrote."""
    path = catalogues.translation_path(language)
    compiled = path.with_suffix(".mo").read_bytes()

    assert compiled == catalogues.compiled(catalogues.read(path, language))
    assert GNUTranslations(io.BytesIO(compiled)).gettext("Enter team secret phrase:") == words(
        language
    ).gettext("Enter team secret phrase:")


def test_the_table_shows_every_text_in_every_language() -> None:
    """Who reviews the words reads those that operators read."""
    found = {
        language: catalogues.read(catalogues.translation_path(language), language)
        for language in TRANSLATIONS
    }
    written = catalogues.TABLE.read_text(encoding="utf-8")

    assert written == as_markdown(catalogues.collect(), found)
    assert "| 🙋 I'll answer | 🙋 Отвечу я |" in written


def test_russian_counts_as_russians_do() -> None:
    """1 минута, 2 минуты, 5 минут, 21 минута."""
    told = words("ru")
    counted = [told.ngettext("{left} try left.", "{left} tries left.", n) for n in (1, 2, 5, 21)]

    assert [form.format(left=0).split()[-1] for form in counted] == [
        "попытка.",
        "попытки.",
        "попыток.",
        "попытка.",
    ]


def forms_of(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text)]


def placeholders(text: str) -> frozenset[str]:
    named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    return frozenset(named | set(re.findall(r"%\(\w+\)[a-z]", text)))


def test_a_language_that_there_is_none_of_is_refused() -> None:
    """As no error of the system's: that would be taken for Redis being away."""
    for language in ("", "de"):
        with pytest.raises(ValueError, match="no texts in"):
            words(language)
