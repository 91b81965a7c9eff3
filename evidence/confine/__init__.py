"""Bars a process from all it does not need: other secrets, other files, other ports, other processes.

    support = Confinement(read=python_runtime(), write=[spool], connect_ports=[5432]).apply()

The smallest room of the house: it knows Linux, and nothing of tips. Landlock where the kernel has it (5.13
and later enforce files, 6.7 TCP ports, 6.12 signals); `Support.gaps` says honestly what is not enforced.
"""

from evidence.confine.confinement import Confinement, Support, supported
from evidence.confine.places import python_runtime, system_libraries
from evidence.confine.process import (
    die_with_parent,
    drop_capabilities,
    gain_no_privileges,
    hide_from_neighbours,
)

__all__ = [
    "Confinement",
    "Support",
    "die_with_parent",
    "drop_capabilities",
    "gain_no_privileges",
    "hide_from_neighbours",
    "python_runtime",
    "supported",
    "system_libraries",
]
