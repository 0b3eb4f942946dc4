"""Forms are read as they were sent, names are only names, and what is no form is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.files.entities import ID_PREFIX
from powerautomation.gateway.files.errors import FileRefused
from powerautomation.gateway.files.rules import LONGEST_NAME, clean_name, media_type_of, new_file_id, parts_of

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NAMES = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"), blacklist_characters='"\\'), min_size=1)
CONTENTS = st.lists(st.sampled_from([b"\r\n", b"--", b"b0undary", b"\n", b"\r", b"\x00", b"\xff", b"x"])).map(b"".join)


def form(*parts: tuple[str, str, bytes], boundary: bytes) -> bytes:
    written = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: text/plain\r\n\r\n%b\r\n'
        % (boundary, name.encode(), filename.encode(), content)
        for name, filename, content in parts
    )
    return written + b"--%b--\r\n" % boundary


@given(st.lists(st.tuples(st.just("file"), NAMES, CONTENTS), min_size=1, max_size=5))
def test_a_form_comes_back_byte_for_byte(parts: list[tuple[str, str, bytes]]) -> None:
    boundary = b"b0undary-that-no-content-has"
    found = parts_of("multipart/form-data; boundary=" + boundary.decode(), form(*parts, boundary=boundary))
    assert [part.content for part in found] == [content for _, _, content in parts]
    assert [part.filename for part in found] == [name for _, name, _ in parts]


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_refused(body: bytes) -> None:
    for whole in (body, b"--x\r\n" + body + b"\r\n--x--"):
        try:
            parts_of("multipart/form-data; boundary=x", whole)
        except FileRefused:
            continue


def test_a_part_that_does_not_say_its_kind_is_not_taken_for_text() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF\r\n--x--\r\n'
    (part,) = parts_of("multipart/form-data; boundary=x", body)
    assert part.media_type == ""


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\r\nset-cookie: x", "aset-cookie: x"),
        ("", "file"),
        ("/", "file"),
        ("报告.pdf", "报告.pdf"),
        ("x" * 1000, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_only_a_name(told: str, kept: str) -> None:
    assert clean_name(told) == kept


def test_an_id_cannot_be_guessed_and_is_a_name_for_google() -> None:
    names = {new_file_id() for _ in range(1000)}
    assert len(names) == 1000
    for name in names:
        random = name.removeprefix(ID_PREFIX)
        assert len(random) == 128 // 4
        # https://ai.google.dev/api/files: at most 40 of these, not beginning or ending with a dash.
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]", name)


def test_the_kind_is_what_was_told_or_what_the_name_says() -> None:
    assert media_type_of("Application/PDF; x=1", "a.txt") == "application/pdf"
    assert media_type_of("", "a.pdf") == "application/pdf"
    assert media_type_of("application/octet-stream", "a.png") == "image/png"
    assert media_type_of("", "unknown") == "application/octet-stream"
    assert media_type_of(WORD, "a.docx") == WORD
    with pytest.raises(FileRefused):
        media_type_of("text/html\r\nx: y", "a")
