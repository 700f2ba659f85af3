"""Text from outside made safe: cleaned on the way in, rendered through one sanitiser on the way out (threat T23)."""

import re
import unicodedata

import nh3
from markdown_it import MarkdownIt

# C0 and C1 controls except newline, plus line and paragraph separators and the bidi overrides that hide text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
# Characters that leave nothing on the page. Inside of words they join or part letters; alone they are no text.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0]*"
)
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "h3", "h4", "h5", "h6",
         "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
_SLUG = re.compile(r"[^a-z0-9]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def clean_text(value: str) -> str:
    """Normalise text of several lines: NFC, ``\\n`` line ends, no other control characters, no trailing blanks.

    What holds no visible character is empty.
    """
    value = _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    value = unicodedata.normalize("NFC", value).strip()  # last: what was taken out may have kept letters apart
    return "" if _INVISIBLE.fullmatch(value) else value


def clean_line(value: str) -> str:
    """Normalise text of one line; line breaks become single blanks, so headers and feeds cannot be broken."""
    return re.sub(r"\s+", " ", clean_text(value))


def render_markdown(value: str) -> str:
    """Render Markdown to HTML that is safe to show: own allow-list, https and mailto links only, no images."""
    html = _MARKDOWN.render(value).replace("<h1>", "<h3>").replace("</h1>", "</h3>")
    html = html.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_full_addresses_only,
        url_schemes={"https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _full_addresses_only(_element: str, _attribute: str, value: str) -> str | None:
    """Drop links without a scheme: the sanitiser's defaults let ``//elsewhere`` through."""
    return value if value.lower().startswith(("https://", "mailto:")) else None


def slugify(value: str) -> str:
    """A short ASCII name for addresses and codes."""
    ascii_only = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return _SLUG.sub("-", ascii_only.lower()).strip("-")[:60]


def csv_safe(value: object) -> object:
    """Defuse text that a spreadsheet would read as a formula; numbers stay numbers (threat T25)."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def initials(name: str) -> str:
    """Up to two initials of a name, for the round mark beside it."""
    words = [word for word in clean_line(name).split(" ") if word and word[0].isalnum()]
    if not words:
        return "?"
    picked = words[:1] if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0] for word in picked).upper()
