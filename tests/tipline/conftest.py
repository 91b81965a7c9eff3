"""The command line's tests talk to a running door."""

from tests.intake.conftest import agency_key, citizen, intake, new_intake

__all__ = ["agency_key", "citizen", "intake", "new_intake"]
