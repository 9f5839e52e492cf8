"""A warm reader, what is explained, and the right submissions as a class."""

import pytest

from grader.similarity.reading import MaterialReader
from grader.submission import read_submission
from tests.bank.right import RIGHT_SUBMISSIONS


@pytest.fixture(scope="session")
def reader(sandbox):
    """Reads submissions in confined workers."""
    with MaterialReader(sandbox) as reader:
        yield reader


@pytest.fixture(scope="session")
def explained(reader):
    """What the handout, the task and the reference explain."""
    return reader.read_explained()


@pytest.fixture(scope="session")
def right_code(reader):
    """The code of every right submission; their answers are by one author and left out."""
    from grader.similarity.material import Material

    class_ = []
    for right in RIGHT_SUBMISSIONS:
        texts, notes = reader.read_code(read_submission(right.folder).sources)
        assert not notes
        class_.append(Material(right.name, "", tuple(texts)))
    return class_


@pytest.fixture(scope="session")
def read(reader):
    """Read files in memory as a submission."""
    from grader.submission import read_files

    def run(key, files, name=""):
        contents = {file: text.encode() if isinstance(text, str) else text for file, text in files.items()}
        return reader.read(key, name, read_files(key, contents))

    return run
