"""The handout of Homework 4: what a student edits stands here, what is given stands in ``given``."""
