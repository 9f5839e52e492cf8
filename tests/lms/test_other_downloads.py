"""Canvas, Moodle, Gradescope and folders that no LMS named are read student by student."""

import zipfile
from datetime import UTC, datetime

import pytest

from grader.errors import UsageError
from grader.gradebook.formats.reading import read_class
from tests.bank.uploads import list_hostile_uploads, right_sources
from tests.lms.sakai_class import make_sakai_class

RIGHT = right_sources()
LAB1, LAYERS = RIGHT["lab1.py"], RIGHT["FP_layers.py"]


def pack(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpack(path, files):
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def files_of(download, key):
    upload = next(upload for upload in download.handed_in if upload.key == key)
    return {file.name: file.content for file in upload.read().files}


@pytest.fixture(params=["zip", "folder"])
def put(request, tmp_path):
    """Put files into a zip or a folder, as a download may be either."""

    def run(files):
        if request.param == "zip":
            return pack(tmp_path / "download.zip", files)
        return unpack(tmp_path / "download", files)

    return run


CANVAS = {
    "doejane_12345_678910_lab1.py": LAB1,
    "doejane_12345_678911_FP_layers-1.py": LAYERS,
    "roesam_LATE_12346_678912_lab1-2.py": LAB1 + b"#roe",
    "roesam_LATE_12346_678913_report.pdf": b"%PDF-1.4",
    "_12347_678914_hw4.py": b"name without ascii",
    "tantess_12348_678915_x_999_888_lab1.py": b"digits",
    "tantess_12348_text.html": b"<p>typed</p>",
    "oneil_12349_678916_lab1.py": b"first",
    "oneil_12349_678917_lab1-1.py": b"second",
    "zip_12350_678918_hw4.zip": b"PK",
}


def test_canvas_is_read_by_what_stands_in_the_names(put):
    download = read_class(put(CANVAS))
    assert download.lms == "canvas"
    assert [upload.key for upload in download.handed_in] == [str(number) for number in range(12345, 12351)]
    assert files_of(download, "12345") == {"lab1.py": LAB1, "FP_layers.py": LAYERS}
    assert files_of(download, "12346") == {"lab1.py": LAB1 + b"#roe", "report.pdf": b"%PDF-1.4"}
    assert files_of(download, "12348") == {"x_999_888_lab1.py": b"digits"}
    # Two attachments of one name keep the numbers that tell them apart.
    assert files_of(download, "12349") == {"lab1.py": b"first", "lab1-1.py": b"second"}
    assert all(upload.submitted_at is None for upload in download.handed_in)
    late = next(upload for upload in download.handed_in if upload.key == "12346")
    assert late.origin["late"] == "LATE"
    assert any("marks it as late" in note for note in late.read().notes)
    typed = next(upload for upload in download.handed_in if upload.key == "12348").read()
    assert any("typed into Canvas's form" in note for note in typed.notes)
    assert next(upload for upload in download.handed_in if upload.key == "12350").read().zipped


def test_anonymous_canvas_is_read(put):
    files = {"anon_Ab3xZ_1_lab1.py": LAB1, "LATE_anon_Qq9pT_2_lab1.py": b"late"}
    download = read_class(put(files))
    assert [(upload.key, upload.origin["kind"]) for upload in download.handed_in] == [
        ("Ab3xZ", "anonymous"),
        ("Qq9pT", "anonymous"),
    ]


def test_a_name_that_imitates_an_id_of_canvas_takes_nothing_from_its_owner(put):
    """A student called ``a_12345_1_x`` looks like user 12345; neither then passes for that user."""
    files = CANVAS | {"a_12345_1_x_12399_678999_lab1.py": b"impostor"}
    download = read_class(put(files))
    keys = {upload.key for upload in download.handed_in}
    assert "12345" not in keys
    assert {"12345 [1]", "12345 [2]"} <= keys
    assert any("12345: the user id of 2 uploads" in note for note in download.notes)


@pytest.mark.parametrize("ending", ["", "_"])
def test_moodle_is_read_with_and_without_the_trailing_underscore(put, ending):
    files = {
        f"Jane Doe_101_assignsubmission_file{ending}/lab1.py": LAB1,
        f"Jane Doe_101_assignsubmission_file{ending}/sub/FP_layers.py": LAYERS,
        f"Jane Doe_102_assignsubmission_file{ending}/lab1.py": b"another of this name",
        f"Participant_103_assignsubmission_file{ending}/lab1.py": b"blind",
        f"Sam Roe_104_assignsubmission_onlinetext{ending}/onlinetext.html": b"<p>typed</p>",
    }
    download = read_class(put(files))
    assert download.lms == "moodle"
    assert [upload.key for upload in download.handed_in] == ["101", "102", "103", "104"]
    assert files_of(download, "101") == {"lab1.py": LAB1, "sub/FP_layers.py": LAYERS}
    assert [upload.name for upload in download.handed_in] == ["Jane Doe", "Jane Doe", "", "Sam Roe"]
    assert files_of(download, "104") == {}


def test_moodle_without_folders_is_read(put):
    files = {
        "Jane Doe_101_assignsubmission_file_lab1.py": LAB1,
        "Jane Doe_101_assignsubmission_file_FP_layers.py": LAYERS,
        "Sam Roe_104_assignsubmission_file_hw4_final.py": b"x",
    }
    download = read_class(put(files))
    assert files_of(download, "101") == {"lab1.py": LAB1, "FP_layers.py": LAYERS}
    assert files_of(download, "104") == {"hw4_final.py": b"x"}


METADATA = b"""---
submission_11:
  :submitters:
  - :name: Jane Doe
    :sid: '0123'
    :email: jd@example.edu
  :created_at: 2020-10-16 03:41:12.123456000 Z
  :score: 1.0
  :results:
    tests:
    - output: "submission_12:\\n  :submitters:\\n"
    extra: !ruby/object:Anything {}
  :history:
  - :id: 10
    :created_at: 2001-01-01 00:00:00 Z
submission_12:
  :submitters:
  - :name: Sam Roe
    :sid: '=1+1'
  - :name: Tess Tan
  :created_at: '2020-10-15T23:00:00-04:00'
submission_13:
  :submitters:
  - :name: No Files
  :created_at: 2020-10-15 00:00:00 Z
"""


def test_gradescope_is_read_with_its_metadata(put):
    files = {
        "assignment_5_export/submission_metadata.yml": METADATA,
        "assignment_5_export/submission_11/lab1.py": LAB1,
        "assignment_5_export/submission_11/submission_metadata.yml": b"the student's own",
        "assignment_5_export/submission_12/a/lab1.py": b"group",
    }
    download = read_class(put(files))
    assert download.lms == "gradescope"
    assert [(upload.key, upload.name) for upload in download.handed_in] == [
        ("11", "Jane Doe"),
        ("12", "Sam Roe; Tess Tan"),
    ]
    assert download.handed_in[0].submitted_at == datetime(2020, 10, 16, 3, 41, 12, 123456, UTC)
    assert download.handed_in[1].submitted_at == datetime(2020, 10, 16, 3, tzinfo=UTC)
    assert download.handed_in[0].origin["sid"] == "0123"
    assert files_of(download, "12") == {"a/lab1.py": b"group"}
    assert any("without files: No Files" in note for note in download.notes)


def test_metadata_that_grows_without_bound_is_not_read(tmp_path):
    lines = ["submission_1:", "  :submitters:", "  - &a0 :name: x"]
    lines += [f"  - &a{level + 1} :name: [*a{level}, *a{level}]" for level in range(40)]
    files = {"submission_metadata.yml": "\n".join(lines).encode(), "submission_1/lab1.py": LAB1}
    download = read_class(unpack(tmp_path / "x", files))
    assert [upload.key for upload in download.handed_in] == ["1"]
    assert download.handed_in[0].submitted_at is None


SINGLE = {
    "the two files": {"lab1.py": LAB1, "FP_layers.py": LAYERS},
    "one file and a report": {"hw4_jd.py": LAB1 + LAYERS, "report.pdf": b"%PDF-1.4"},
    "an older try beside it": {"lab1.py": LAB1, "lab1_old.py": LAB1, "FP_layers.py": LAYERS},
    "folders that complete each other": {"part1/lab1.py": LAB1, "part2/FP_layers.py": LAYERS},
    "a backup folder": {"final/lab1.py": LAB1, "final/FP_layers.py": LAYERS, "old/lab1.py": LAB1},
    "a helper module": {"mine.py": LAB1, "tools.py": b"x = 1\n", "layers.py": LAYERS},
    "one folder deep": {"hw4/lab1.py": LAB1, "hw4/FP_layers.py": LAYERS, "hw4/given/lab1.py": LAB1},
    "a browser's second name": {"hw4 (1)/lab1.py": LAB1, "hw4 (1)/FP_layers.py": LAYERS},
    "nothing": {"notes.txt": b"x"},
}


@pytest.mark.parametrize("what", SINGLE)
def test_what_one_student_hands_in_is_one_submission(put, what):
    download = read_class(put(SINGLE[what]))
    assert download.lms == "paths"
    assert len(download.handed_in) == 1
    assert "taken for one submission" in download.notes[0]
    assert download.handed_in[0].read().files


def test_a_students_own_zip_is_one_submission_and_costs(tmp_path):
    files = {"first try/lab1.py": LAB1, "second try/lab1.py": LAB1, "second try/FP_layers.py": LAYERS}
    (upload,) = read_class(pack(tmp_path / "hw4.zip", files)).handed_in
    assert upload.read().zipped


CLASSES = {
    "folders": (
        {"jd/lab1.py": LAB1, "rs/lab1.py": LAB1 + b"#", "tt/sub/lab1.py": LAB1, "empty/readme.txt": b""},
        {"jd": {"lab1.py"}, "rs": {"lab1.py"}, "tt": {"sub/lab1.py"}},
    ),
    "single files": (
        {"jd.py": LAB1 + LAYERS, "rs.py": LAB1, "tt.ipynb": b'"def gd_step(W, X, y, lr):\\n"'},
        {"jd": {"jd.py"}, "rs": {"rs.py"}, "tt": {"tt.ipynb"}},
    ),
    "pairs": (
        {
            "jd_hw4.py": LAB1,
            "jd_report.pdf": b"%PDF",
            "rs_hw4.py": LAB1,
            "rs_report.pdf": b"%PDF-",
            "tt.py": LAB1,
        },
        {"jd": {"jd_hw4.py", "jd_report.pdf"}, "rs": {"rs_hw4.py", "rs_report.pdf"}, "tt": {"tt.py"}},
    ),
}


@pytest.mark.parametrize("what", CLASSES)
def test_a_folder_of_submissions_is_a_class(put, what):
    files, expected = CLASSES[what]
    download = read_class(put(files))
    assert {upload.key: set(files_of(download, upload.key)) for upload in download.handed_in} == expected
    assert not any(upload.read().zipped for upload in download.handed_in)


def test_zips_and_pdfs_are_submissions_too(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for name in ("jd", "rs"):
        pack(folder / f"{name}.zip", {"lab1.py": LAB1})
    download = read_class(folder)
    assert {upload.key: upload.read().zipped for upload in download.handed_in} == {"jd": True, "rs": True}
    reports = unpack(tmp_path / "reports", {f"{name}.pdf": b"%PDF-1.4" for name in ("jd", "rs", "tt")})
    assert [upload.key for upload in read_class(reports).handed_in] == ["jd", "rs", "tt"]


def test_names_of_folders_that_show_alike_stay_apart(tmp_path):
    folder = tmp_path / "class"
    for name in ("a\nb", "a\x1bb", "caf\udce9", "-rf", "A"):
        (folder / name).mkdir(parents=True)
        (folder / name / "lab1.py").write_bytes(LAB1 + name.encode("utf-8", "surrogateescape").hex().encode())
    download = read_class(folder)
    keys = [upload.key for upload in download.handed_in]
    assert len(set(keys)) == 5
    assert all(key.isprintable() for key in keys)
    assert len({upload.read().sha256 for upload in download.handed_in}) == 5


def test_a_path_that_is_not_there_is_the_callers_error(tmp_path):
    with pytest.raises(UsageError, match="no such file or folder"):
        read_class(tmp_path / "nowhere.zip")


# Built in many seconds; what they attempt is tried on a single submission elsewhere.
LARGE = {
    "hundred_thousand_entries",
    "twenty_thousand_files",
    "gigantic_notebook",
    "fifty_megabytes_of_answers",
}
UPLOADS = [one for one in list_hostile_uploads() if one.kind != "source" and one.name not in LARGE]


@pytest.mark.parametrize("upload", UPLOADS, ids=str)
def test_hostile_uploads_are_listed_without_harm(tmp_path, upload):
    """What the bank holds for one submission: listing it as a class reads, writes and follows nothing."""
    from tests.bank.canaries import Canaries

    try:
        path = upload.build(tmp_path, Canaries())
    except OSError as error:
        pytest.skip(str(error))
    before = sorted(str(one) for one in tmp_path.rglob("*"))
    try:
        download = read_class(path)
    except UsageError:
        return
    for one in download.handed_in:
        assert one.key.isprintable()
    assert sorted(str(one) for one in tmp_path.rglob("*")) == before


def test_a_large_class_is_listed_in_linear_time(tmp_path):
    """Two thousand students; a quadratic search would take minutes."""
    made = make_sakai_class(20)
    path = tmp_path / "hw4.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2000):
            home = f"Homework 4/Doe, Jane(n{number})"
            archive.writestr(f"{home}/timestamp.txt", "2020-10-10T10:10:10Z")
            archive.writestr(f"{home}/{made.attachments}/lab1.py", LAB1)
    started = datetime.now(UTC)
    download = read_class(path)
    assert len(download.handed_in) == 2000
    assert (datetime.now(UTC) - started).total_seconds() < 20
    assert download.handed_in[1999].read().files
