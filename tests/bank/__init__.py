"""The banks of submissions that prove the grader: right, wrong and hostile ones."""
