"""Given code of Homework 4: do not edit."""
