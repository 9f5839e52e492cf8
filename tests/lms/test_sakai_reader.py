"""The model of Sakai's reader fails on what Sakai fails on; else the tests of the writer prove nothing."""

import io
import zipfile

import pytest

from tests.lms.sakai_class import make_sakai_class
from tests.lms.sakai_reader import make_site

HEAD = b'"HW","SCORE_GRADE_TYPE"\n""\n"Display ID","ID","Last Name","First Name","grade"\n'


def pack(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def row(eid, grade):
    return f'"{eid}","{eid}","L","F","{grade}"\n'.encode()


@pytest.fixture
def site():
    return make_site(make_sakai_class(3))


def grade_of(site, eid):
    return site.submissions[site.users[eid]].grade


@pytest.mark.parametrize(
    ("files", "alert"),
    [
        ({"aa0/comments.txt": b"x", "hw4/grades.csv": HEAD}, "wrongZipFormat"),
        ({"hw4/README.txt": b"x", "hw4/grades.csv": HEAD}, "wrongZipFormat"),
        ({"hw4/aa0/comments.txt": b"x"}, "nocsv"),
        ({"hw4/grades.csv": HEAD, "hw4/who/comments.txt": b"x"}, "invalidUserId"),
        *[
            ({"hw4/grades.csv": HEAD + row("aa0", "5") + row("ab1", grade)}, f"grade {grade!r}")
            for grade in ("86.333", "-5", "86,5", "86 x", "A", "1 000")
        ],
    ],
)
def test_what_sakai_refuses_is_refused_whole(site, files, alert):
    assert not site.upload("hw4.zip", pack(files))
    assert alert in site.alerts
    assert all(stored.grade is None and not stored.comment for stored in site.submissions.values())


def test_other_containers_are_refused(site):
    assert not site.upload("hw4.tar.gz", b"")
    assert not site.upload("hw4.zip", b"PK nothing")


def test_the_first_three_rows_are_skipped_unseen(site):
    table = b'"Display ID","ID","Last Name","First Name","grade"\n' + row("aa0", "1") + row("ab1", "2")
    assert site.upload("hw4.zip", pack({"hw4/grades.csv": table + row("ac2", "3")}))
    assert (grade_of(site, "aa0"), grade_of(site, "ab1"), grade_of(site, "ac2")) == (None, None, "3")


def test_a_blank_cell_clears_and_an_absent_row_keeps(site):
    assert site.upload("hw4.zip", pack({"hw4/grades.csv": HEAD + row("aa0", "5") + row("ab1", "6")}))
    assert site.upload("hw4.zip", pack({"hw4/grades.csv": HEAD + row("aa0", "")}))
    assert site.submissions[site.users["aa0"]].cleared
    assert grade_of(site, "ab1") == "6"


def test_names_that_hold_sakais_words_are_taken_for_its_own(site):
    files = {
        "hw4/grades.csv": HEAD,
        "hw4/x(aa0)/Feedback Attachment(s)/ta_comments.pdf": b"%PDF",
        "hw4/x(ab1)/Feedback Attachment(s)/my grades.csv": HEAD + row("ac2", "9"),
        "hw4/timestamp(ac2)/Feedback Attachment(s)/a.pdf": b"%PDF",
    }
    assert site.upload("hw4.zip", pack(files))
    assert site.submissions[site.users["aa0"]].comment == "%PDF"
    assert grade_of(site, "ac2") == "9"
    assert site.submissions[site.users["ac2"]].timestamp == "%PDF"


def test_a_tag_and_a_torn_character_are_lost(site):
    text = b"a <module> b &lt;int&gt; " + b"x" * (2047 - 25) + "é".encode()
    assert site.upload("hw4.zip", pack({"hw4/grades.csv": HEAD, "hw4/(aa0)/comments.txt": text}))
    comment = site.submissions[site.users["aa0"]].comment_text
    assert "module" not in comment
    assert "int" not in comment
    assert comment.endswith("�")


def test_attachments_are_added_never_replaced(site):
    files = {"hw4/grades.csv": HEAD, "hw4/(aa0)/Feedback Attachment(s)/a.pdf": b"%PDF"}
    assert site.upload("hw4.zip", pack(files))
    assert site.upload("hw4.zip", pack(files))
    assert len(site.submissions[site.users["aa0"]].feedback) == 2
