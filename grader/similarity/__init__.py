"""Pairs of submissions that share more than the handout and the task explain.

A person reads both and decides; nothing here says that anybody did anything wrong.
"""
