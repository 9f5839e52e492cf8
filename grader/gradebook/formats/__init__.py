"""The formats of the LMS: what they hand out (`reading`), and what they take back (`exporting`).

Every format has a module per direction. A download is listed, never unpacked: the files of one
student are read when that student is graded, within the bounds of `grader.submission`.
"""
