"""Every string in the reader's language, every time with its zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.core import formatting, i18n

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_pseudo_locale_marks_every_message_and_keeps_placeholders():
    with i18n.speaking(i18n.PSEUDO_LOCALE) as language:
        assert language.direction == "rtl"
        text = i18n.gettext("Vote for %(agency)s by %(day)s", agency="WMO", day="27 Nov")
        assert text.startswith("⟦")
        assert "WMO" in text
        assert "27 Nov" in text
        assert i18n.ngettext("%(num)s ballot", "%(num)s ballots", 3).startswith("⟦3 ")
    assert i18n.gettext("Home") == "Home"


def test_an_unknown_language_reads_as_english():
    assert i18n.language("xx_YY").formatting.language == "en"


@given(st.text(alphabet=st.characters(exclude_characters="%")))
def test_the_pseudo_locale_never_breaks(message):
    assert i18n.PseudoTranslations().gettext(message).startswith("⟦")


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Zurich", "Thu 26 Nov, 14:00 Geneva · 13:00 UTC"),
        ("Europe/Stockholm", "Thu 26 Nov, 14:00 Stockholm · 13:00 UTC"),
        ("Africa/Nairobi", "Thu 26 Nov, 16:00 Nairobi · 13:00 UTC"),
        ("Pacific/Kiritimati", "Fri 27 Nov, 03:00 Kiritimati · Thu 26 Nov, 13:00 UTC"),
        ("UTC", "Thu 26 Nov, 13:00 UTC"),
    ],
)
def test_local_time_and_utc_together(zone, text):
    moment = datetime(2026, 11, 26, 13, tzinfo=UTC)
    assert formatting.when_text(moment, formatting.zone_of(zone), NOW) == text


def test_a_span_and_another_year():
    start = datetime(2027, 1, 26, 13, tzinfo=UTC)
    text = formatting.when_text(start, ZoneInfo("Europe/Zurich"), NOW, until=start + timedelta(hours=1))
    assert text == "Tue 26 Jan 2027, 14:00–15:00 Geneva · 13:00–14:00 UTC"


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../etc/passwd", "A" * 300, "Europe/\x00"])
def test_a_hostile_zone_reads_as_geneva(zone):
    assert formatting.city_of(formatting.zone_of(zone)) == "Geneva"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (30, "in a moment"),
        (-30, "just now"),
        (3600, "in 1 hour"),
        (4 * 86400, "in 4 days"),
        (-90, "1 minute ago"),
        (-2 * 86400, "2 days ago"),
    ],
)
def test_relative_times(seconds, text):
    assert formatting.relative_text(NOW + timedelta(seconds=seconds), NOW) == text


def test_days():
    assert formatting.day_text(date(2026, 11, 26), NOW) == "26 Nov"
    assert formatting.day_text(date(2027, 1, 2), NOW, weekday=True) == "Sat 2 Jan 2027"


def test_sizes_and_numbers():
    assert formatting.size_text(900) == "900 bytes"
    assert formatting.size_text(140 * 1024) == "140 KB"
    assert formatting.number_text(410000) == "410,000"
