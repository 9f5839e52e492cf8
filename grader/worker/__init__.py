"""What runs confined, in one process with a student's code: values leave here, never verdicts."""
