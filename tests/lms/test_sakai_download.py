"""A download of Sakai is read student by student, whatever students, sites and TAs did to it."""

import pickle
import shutil
import zipfile

import pytest

from grader.errors import UsageError
from grader.gradebook.formats.reading import read_class
from tests.lms.sakai_class import DUE, SakaiClass, Student, make_sakai_class


@pytest.fixture(scope="module")
def made():
    return make_sakai_class(40)


def contents_of(upload):
    return {file.name: file.content for file in upload.read().files}


def expect_class(made, download):
    """Every student who handed in is there once, with their own files and time; nobody else is."""
    assert download.lms == "sakai"
    assert [upload.key for upload in download.handed_in] == sorted(s.eid for s in made.handed_in)
    by_key = {student.eid: student for student in made.students}
    for upload in download.handed_in:
        student = by_key[upload.key]
        assert upload.submitted_at.replace(microsecond=0) == student.submitted_at
        assert upload.origin["id"] == student.grades_id
        if student.kind not in ("zipped", "bomb", "hostile_names"):
            assert contents_of(upload) == student.files
    assert download.files["grades.csv"] == made.grades_csv()


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("variant", ["named", "anonymous", "groups"])
def test_every_variant_is_read_as_zip_and_unpacked(tmp_path, variant, packed):
    made = make_sakai_class(20, variant=variant)
    path = made.write_zip(tmp_path / "hw4.zip") if packed else made.write_folder(tmp_path)
    download = read_class(path)
    expect_class(made, download)
    assert "taken for a Sakai download" in download.notes[0]
    assert ("zip" if packed else "unpacked") in download.notes[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"old_timestamps": True},
        {"separator": ";"},
        {"attachments": "Abgegebene Anhänge", "feedback": "Anhänge der Rückmeldung"},
        {"attachments": "添付ファイル", "feedback": "返却ファイル"},
        {"top": ("Downloads", "Homework 4 (late)", "Homework 4")},
        {"top": ("Homework 4 timestamp comments (2020)",)},
    ],
    ids=["sakai11", "semicolons", "german", "japanese", "nested", "title"],
)
def test_other_sites_and_servers_are_read(tmp_path, changes):
    made = make_sakai_class(20, seed=1, **changes)
    expect_class(made, read_class(made.write_zip(tmp_path / "hw4.zip")))
    expect_class(made, read_class(made.write_folder(tmp_path)))


def test_the_feedback_folder_of_the_site_is_remembered(tmp_path):
    made = make_sakai_class(3, attachments="Abgaben", feedback="Rückmeldungen")
    download = read_class(made.write_zip(tmp_path / "hw4.zip"))
    assert {upload.origin["feedback"] for upload in download.handed_in} == {"Rückmeldungen"}


def test_the_zip_of_the_lms_costs_nothing_and_a_students_zip_does(tmp_path, made):
    download = read_class(made.write_zip(tmp_path / "hw4.zip"))
    kinds = {student.eid: student.kind for student in made.students}
    zipped = {upload.key for upload in download.handed_in if upload.read().zipped}
    assert zipped == {eid for eid, kind in kinds.items() if kind in ("zipped", "bomb")}


def test_a_bomb_costs_its_owner_a_file_and_nobody_else(tmp_path, made):
    download = read_class(made.write_zip(tmp_path / "hw4.zip"))
    bombers = [student.eid for student in made.students if student.kind == "bomb"]
    assert bombers
    for upload in download.handed_in:
        if upload.key in bombers:
            submission = upload.read()
            assert any("67,108,864 bytes, at most 1 MiB" in note for note in submission.notes)
            assert {"lab1.py", "FP_layers.py"} <= {file.name for file in submission.files}


def test_files_named_like_sakais_own_stay_the_students(tmp_path, made):
    for path in (made.write_zip(tmp_path / "hw4.zip"), made.write_folder(tmp_path / "unpacked")):
        download = read_class(path)
        victims = {s.eid: s for s in made.students if s.kind == "hostile_names"}
        assert len(victims) == 2
        for upload in download.handed_in:
            if upload.key in victims:
                files = contents_of(upload)
                assert files["timestamp.txt"] == b"2001-01-01T00:00:00Z"
                assert files["comments.txt"] == b"full marks"
                assert upload.submitted_at == victims[upload.key].submitted_at
        assert download.files["grades.csv"] == made.grades_csv()


def test_a_forged_grades_file_among_the_attachments_is_never_taken(tmp_path, made):
    path = made.write_folder(tmp_path)
    (path / "grades.csv").unlink()
    download = read_class(path)
    assert not download.files
    assert len(download.handed_in) == len(made.handed_in)


def test_students_without_a_submission_are_named(tmp_path, made):
    download = read_class(made.write_zip(tmp_path / "hw4.zip"))
    absent = [student for student in made.students if student.kind == "absent"]
    (note,) = [note for note in download.notes if "without a submission" in note]
    assert all(student.first in note for student in absent)
    assert note.startswith(f"{len(absent)} ")


def test_a_submission_without_files_is_one(tmp_path, made):
    download = read_class(made.write_zip(tmp_path / "hw4.zip"))
    empty = {student.eid for student in made.students if student.kind == "nothing_attached"}
    found = {upload.key: upload.read() for upload in download.handed_in if upload.key in empty}
    assert set(found) == empty
    assert all(any("found no code" in note for note in one.notes) for one in found.values())


def test_lateness_comes_from_the_timestamp(tmp_path):
    made = make_sakai_class(40)
    csv = made.grades_csv().replace(b'"Late"', b'"On time"')
    path = made.write_folder(tmp_path)
    (path / "grades.csv").write_bytes(csv)
    late = {upload.key for upload in read_class(path).handed_in if upload.submitted_at > DUE}
    assert late == {student.eid for student in made.students if student.kind == "late"}


def test_a_reader_can_be_sent_to_another_process(tmp_path, made):
    download = read_class(made.write_zip(tmp_path / "hw4.zip"))
    upload = pickle.loads(pickle.dumps(download.handed_in[0]))
    assert upload.read() == download.handed_in[0].read()


def test_a_zip_that_was_exchanged_is_not_read(tmp_path, made):
    path = made.write_zip(tmp_path / "hw4.zip")
    download = read_class(path)
    make_sakai_class(40, seed=9).write_zip(path)
    submission = download.handed_in[0].read()
    assert not submission.files
    assert any("changed since it was listed" in note for note in submission.notes)


def test_bad_entries_of_one_student_stop_nobody(tmp_path, made):
    path = made.write_zip(tmp_path / "hw4.zip")
    home = "Homework 4/Evil, Eve(ev1)/"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(home + "timestamp.txt", "2020-10-10T10:10:10Z")
        for name in ("../../../climbs.py", "/etc/absolute.py", "x" * 2000, "..\\..\\back.py"):
            entry = zipfile.ZipInfo("x")
            entry.filename = f"{home}Submission attachment(s)/{name}" if name[0] != "/" else name
            archive.writestr(entry, b"hostile")
        archive.writestr(home + "Submission attachment(s)/lab1.py", b"x = 1\n")
    content = bytearray(path.read_bytes())
    path.write_bytes(bytes(content))
    download = read_class(path)
    keys = [upload.key for upload in download.handed_in]
    assert keys == sorted([*(student.eid for student in made.handed_in), "ev1"])
    evil = next(upload for upload in download.handed_in if upload.key == "ev1")
    assert set(contents_of(evil)) == {"lab1.py"}
    assert (
        sum("leads out" in note or "absolute" in note or "characters" in note for note in download.notes) == 4
    )


def test_an_encrypted_entry_costs_one_file(tmp_path, made):
    path = made.write_zip(tmp_path / "hw4.zip")
    with zipfile.ZipFile(path) as archive:
        name = next(
            name for name in archive.namelist() if name.endswith("(aa0)/Submission attachment(s)/lab1.py")
        )
        offset = archive.getinfo(name).header_offset
    content = bytearray(path.read_bytes())
    content[offset + 6] |= 1
    at = content.rindex(name.encode()) - 46
    content[at + 8] |= 1
    path.write_bytes(bytes(content))
    download = read_class(path)
    assert len(download.handed_in) == len(made.handed_in)
    hurt = next(upload for upload in download.handed_in if upload.key == "aa0").read()
    assert any("encrypted" in note for note in hurt.notes)
    assert "lab1.py" not in {file.name for file in hurt.files}


def test_two_folders_of_one_id_are_two_uploads_that_no_export_knows(tmp_path):
    made = make_sakai_class(3)
    path = made.write_folder(tmp_path)
    first = made.students[0]
    shutil.copytree(path / first.folder, path / f"Impostor, Ian({first.eid})")
    download = read_class(path)
    keys = [upload.key for upload in download.handed_in]
    assert f"{first.eid} [1]" in keys
    assert f"{first.eid} [2]" in keys
    assert first.eid not in keys
    assert any("each is graded under a key of its own" in note for note in download.notes)


def test_an_internal_id_is_matched_by_a_name_that_is_unique(tmp_path):
    """Where the eid is not ASCII, Sakai puts an internal id into the folder's name."""
    at = DUE.replace(year=2019)
    files = {"lab1.py": b"x = 1\n"}
    students = (
        Student("мария", "Иванова", "Мария", "right", "Иванова, Мария(0a1b-2c)", files, at),
        Student("jd1", "Doe", "Jane", "right", "Doe, Jane(jd1)", files, at),
    )
    download = read_class(SakaiClass(students).write_zip(tmp_path / "hw4.zip"))
    upload = next(upload for upload in download.handed_in if upload.key == "0a1b-2c")
    assert upload.origin["row"] == "мария"
    assert any("matched with мария by the name" in note for note in download.notes)


def test_one_students_folder_is_a_class_of_one(tmp_path):
    made = make_sakai_class(3)
    path = made.write_folder(tmp_path) / made.students[0].folder
    download = read_class(path)
    assert [upload.key for upload in download.handed_in] == [made.students[0].eid]
    assert download.handed_in[0].submitted_at == made.students[0].submitted_at


def test_the_download_without_folders_is_read(tmp_path):
    folder = tmp_path / "Homework 4"
    folder.mkdir()
    for name in ("Doe, Jane(jd1)", "Roe, Sam(rs4)"):
        for file in ("lab1.py", "FP_layers.py"):
            (folder / f"{name}_Submission attachment(s)_{file}").write_bytes(name.encode())
    download = read_class(folder)
    assert [upload.key for upload in download.handed_in] == ["jd1", "rs4"]
    assert contents_of(download.handed_in[1]) == dict.fromkeys(("lab1.py", "FP_layers.py"), b"Roe, Sam(rs4)")
    assert "takes no upload in this form" in download.notes[0]


def test_two_downloads_in_one_folder_are_refused_by_name(tmp_path):
    make_sakai_class(2).write_folder(tmp_path / "a")
    make_sakai_class(2, seed=3).write_folder(tmp_path / "b")
    with pytest.raises(UsageError, match="holds 2 downloads of Sakai") as refusal:
        read_class(tmp_path)
    assert "name one of them" in str(refusal.value)


def test_links_in_an_unpacked_download_are_refused(tmp_path):
    made = make_sakai_class(2)
    path = made.write_folder(tmp_path)
    attached = path / made.students[0].folder / made.attachments
    (tmp_path / "secret.py").write_text("secret")
    (attached / "lab1.py").unlink()
    (attached / "lab1.py").symlink_to(tmp_path / "secret.py")
    (attached / "up").symlink_to(tmp_path)
    upload = next(one for one in read_class(path).handed_in if one.key == made.students[0].eid)
    submission = upload.read()
    assert any("lab1.py: is a symbolic link" in note for note in submission.notes)
    assert b"secret" not in {file.content for file in submission.files}


def test_names_that_are_no_utf8_are_read(tmp_path):
    made = make_sakai_class(2)
    path = made.write_folder(tmp_path)
    attached = path / made.students[0].folder / made.attachments
    (attached / "caf\udce9.py").write_bytes(b"x = 1\n")
    upload = next(one for one in read_class(path).handed_in if one.key == made.students[0].eid)
    assert r"caf\xe9.py" in contents_of(upload)
