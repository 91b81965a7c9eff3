"""Seeing a process at work: its metrics, its log, its traces. None of the three ever names anybody.

What they may hold is what one would say aloud in a corridor: kinds, stages, codes, counts and times. No word
of a tip, no name, file name, address, number or agent; and no id that a citizen or the carrier gave.
"""
