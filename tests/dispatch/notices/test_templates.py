from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.notices.templates import FIELDS, HIDDEN, LANGUAGES, check, fill, harmless, shipped, sms_parts
from dispatch.notices.timing import day_of, pause, quiet_until
from kit.errors import Invalid


def test_every_kind_ships_with_a_text_in_both_languages_that_passes_the_check():
    assert set(shipped()) == set(FIELDS)
    for kind, texts in shipped().items():
        for language in LANGUAGES:
            check(kind, language, texts[language])
            assert sms_parts(texts[language]).parts >= 1


def test_a_misspelt_placeholder_is_refused_with_its_place_and_the_right_one():
    with pytest.raises(Invalid) as refused:
        check("done", "zh", "您好\n工单{nubmer}已完工")
    assert (refused.value.params["line"], refused.value.params["column"]) == (2, 3)
    assert "{nubmer}" in refused.value.sentence("en")
    assert "{number}" in refused.value.sentence("zh")


@pytest.mark.parametrize(("words", "column"), [("a } b", 3), ("{number", 1), ("{number}{", 9), ("{{number}}", 1)])
def test_a_brace_that_stands_alone_is_refused_with_its_place(words: str, column: int):
    with pytest.raises(Invalid) as refused:
        check("done", "en", words)
    assert (refused.value.code, refused.value.params["column"]) == ("notice.brace", column)


@pytest.mark.parametrize(
    ("words", "coding", "parts"),
    [
        ("中" * 70, "ucs2", 1), ("中" * 71, "ucs2", 2), ("中" * 134, "ucs2", 2), ("中" * 135, "ucs2", 3),
        ("a" * 160, "gsm7", 1), ("a" * 161, "gsm7", 2), ("€" * 80, "gsm7", 1), ("€" * 81, "gsm7", 2),
        ("😀" * 35, "ucs2", 1), ("😀" * 67, "ucs2", 3), ("", "gsm7", 0),
    ],
)  # fmt: skip
def test_parts_are_counted_as_the_network_counts_them(words: str, coding: str, parts: int):
    found = sms_parts(words)
    assert (found.coding, found.parts) == (coding, parts)


def test_values_come_out_harmless_and_stay_readable():
    assert harmless("Li\r\nWei\x00") == "Li Wei"
    assert harmless("\u202eevil\u2066") == "evil"
    assert harmless("محمد 😀") == "محمد 😀"
    assert harmless("https://evil.example") == "https evil.example"
    assert len(harmless("x" * 500)) == 120
    assert fill("{technician}: {finishCode} {link}", {"technician": "{number}", "link": "https://a/o/b"}) == (
        f"{{number}}: {HIDDEN} https://a/o/b"
    )


def test_the_night_is_the_areas_own_and_ends_after_a_change_of_the_clocks():
    zone = ZoneInfo("America/Vancouver")
    evening = datetime(2022, 11, 5, 22, 0, tzinfo=zone)  # summer time ends in this night
    until = quiet_until(evening.astimezone(UTC), zone, "21:00", "08:00")
    assert until is not None
    assert until.astimezone(zone).isoformat() == "2022-11-06T08:00:00-08:00"
    assert quiet_until(datetime(2022, 11, 6, 8, 0, tzinfo=zone), zone, "21:00", "08:00") is None
    first, last = day_of(evening, zone)
    assert (last.astimezone(UTC) - first.astimezone(UTC)).total_seconds() == 24 * 3600


def test_pauses_grow():
    seconds = [pause(tries).total_seconds() for tries in range(1, 12)]
    assert seconds == sorted(seconds)
    assert (seconds[0], seconds[-1]) == (30, 3600)
