"""The intake of a submission: bytes and names in, what a worker is told to run out.

Trusted. Source code, notebooks and PDFs are never parsed here: a confined worker reads them
(`grader.worker.survey`) and this package chooses from what it found.
"""

from grader.submission.assembly import Assembly, Unit, assemble
from grader.submission.attachments import add_attachments
from grader.submission.files import Submission, SubmittedFile
from grader.submission.intake import read_entries, read_files, read_submission, read_timestamp
from grader.submission.measured_numbers import add_measured_numbers
from grader.submission.surveying import survey_sources
from student.given.answers import Answers, read_answers

__all__ = [
    "Answers",
    "Assembly",
    "Submission",
    "SubmittedFile",
    "Unit",
    "add_attachments",
    "add_measured_numbers",
    "assemble",
    "read_answers",
    "read_entries",
    "read_files",
    "read_submission",
    "read_timestamp",
    "survey_sources",
]
