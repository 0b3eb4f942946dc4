"""The report as PDF, by ReportLab: Helvetica, and for what it lacks a font for Chinese that readers of PDF bring along,
so that none is carried in the file.

Loaded when the first report is asked for. https://docs.reportlab.com/reportlab/userguide/ch3_fonts/ (November 2026)
"""

import io
import re
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase._cidfontdata import defaultUnicodeEncodings  # type: ignore[import-not-found]  # not in the stubs
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from powerautomation.operations.compliance import rules
from powerautomation.operations.compliance.entities import Language, Report, Section

# Names of people may be Chinese in a report of any language.
_FONTS: dict[Language, str] = {"en": "STSong-Light", "zh-CN": "STSong-Light", "zh-TW": "MSung-Light"}
# ReportLab 5.1 names an encoding of the other collection of characters here, with which readers show nothing.
# https://adobe-type-tools.github.io/font-tech-notes/pdfs/5094.CJK_CID.pdf
_TRADITIONAL = ("MSung-Light", ("cht", "UniCNS-UCS2-H"))
_LATIN = "Helvetica"
# What Helvetica has: Latin letters and some punctuation.
_NOT_LATIN = re.compile("[^\\x20-\\x7e\\xa0-\\xff\u2013\u2014\u2018\u2019\u201c\u201d\u2026]+")
_MOST_ROWS = 1_000
_LONGEST_CELL = 600
_INK, _LINE, _HEAD = colors.HexColor("#1c2430"), colors.HexColor("#d5dae2"), colors.HexColor("#eef1f5")
_WIDE = {"permissions": 4.0, "kept": 3.0, "columns": 2.0, "fields": 1.6, "name": 1.5, "email": 1.8, "scopes": 2.0,
         "value": 2.0, "action": 1.4, "target": 1.4, "what": 1.0, "people": 0.5, "sessions": 0.5, "age_days": 0.6,
         "second_factor": 0.7, "state": 0.7, "kind": 0.8, "outcome": 0.6}  # fmt: skip


def render(report: Report, language: Language) -> bytes:
    """Return the report as a PDF, A4 across, at most 1,000 rows of a section. Takes a second; call it in a thread."""
    font = _FONTS[language]
    defaultUnicodeEncodings.update([_TRADITIONAL])
    pdfmetrics.registerFont(UnicodeCIDFont(font))
    out = io.BytesIO()
    page = landscape(A4)
    title = rules.word("title", language)
    document = SimpleDocTemplate(
        out, pagesize=page, leftMargin=14 * mm, rightMargin=14 * mm, topMargin=14 * mm, bottomMargin=16 * mm,
        title=f"{title} – {report.organization}", author="PowerAutomation", lang=language,
    )  # fmt: skip
    # Chinese is broken between any two signs, and so are words beside it.
    wrap = None if language == "en" else "CJK"
    small = ParagraphStyle("small", fontName=_LATIN, fontSize=7.5, leading=10, textColor=_INK, wordWrap=wrap)
    body = ParagraphStyle("body", parent=small, fontSize=9, leading=12.5)
    head = ParagraphStyle("head", parent=body, fontSize=13, leading=17, spaceBefore=12, spaceAfter=1, keepWithNext=1)
    hint = ParagraphStyle("hint", parent=body, textColor=colors.HexColor("#5a6472"), spaceAfter=4, keepWithNext=1)
    first = ParagraphStyle("first", parent=body, fontSize=20, leading=26)
    asked = report.asked
    story: list[Any] = [
        _paragraph(font, title, first),
        _paragraph(font, f"{rules.word('organization', language)}: {report.organization}", body),
        _paragraph(font, f"{rules.word('as_of', language)} {rules.told(asked.until, language)} UTC", body),
        _paragraph(
            font,
            f"{rules.word('period', language)} {rules.told(asked.since, language)} – "
            f"{rules.told(asked.until, language)}",
            body,
        ),
        _paragraph(font, rules.word("note", language), hint),
    ]
    for one in report.sections:
        story += [
            _paragraph(font, rules.heading(one, language), head),
            _paragraph(font, rules.word(f"hint.{one.id}", language), hint),
            *_table(one, language, font, small, document.width),
        ]

    def foot(canvas: Any, made: Any) -> None:
        moment = f"{rules.word('generated', language)} {rules.told(report.generated_at, language)} UTC"
        text = _paragraph(font, f"{title} · {report.organization[:60]} · {moment} · {made.page}", small)
        text.wrapOn(canvas, document.width, 10 * mm)
        text.drawOn(canvas, 14 * mm, 8 * mm)

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _paragraph(font: str, text: str, style: ParagraphStyle) -> Paragraph:
    """Return text set in Helvetica, and in the other font what Helvetica lacks."""
    marked = _NOT_LATIN.sub(lambda found: f'<font name="{font}">{escape(found[0])}</font>', escape(text))
    return Paragraph(marked, style)


def _table(one: Section, language: Language, font: str, style: ParagraphStyle, width: float) -> list[Any]:
    if not one.rows:
        return [_paragraph(font, rules.word("nothing", language), style), Spacer(1, 4)]
    rows = rules.told_rows(one, language)
    shares = [_WIDE.get(name, 1.0) for name in one.columns]
    # A table of two narrow columns does not span the page.
    full = width if sum(shares) > 3.5 else width * 0.55
    cells = [
        [_paragraph(font, _short(cell), style) for cell in row]
        for row in [rules.titles(one, language), *rows[:_MOST_ROWS]]
    ]
    table = LongTable(cells, colWidths=[full * share / sum(shares) for share in shares], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    left = one.left_out + max(0, len(rows) - _MOST_ROWS)
    more = rules.word("left_out", language).replace("{count}", str(left))
    return [table, *([_paragraph(font, more, style)] if left else []), Spacer(1, 4)]


def _short(cell: str) -> str:
    # A cell higher than a page could not be set.
    return cell if len(cell) <= _LONGEST_CELL * 3 else cell[: _LONGEST_CELL * 3 - 1] + "…"
