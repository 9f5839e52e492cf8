"""A class: what an LMS hands out, every mark with its history, and what goes back to the LMS."""
