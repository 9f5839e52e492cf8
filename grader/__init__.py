"""The grader of Homework 4: everything here is trusted but ``grader.worker``."""
