"""Media: a received file of a tip, sealed; its derivatives; and the leases under which workers hold it."""

from evidence.media.lease import Lease, LeaseLost, claim, renew
from evidence.media.media import Derivative, Media, derivatives_of, get, of_tip, of_tips
from evidence.media.progress import add_derivative, finish_stage, mark_inspected, mark_sealed, set_aside

__all__ = [
    "Derivative",
    "Lease",
    "LeaseLost",
    "Media",
    "add_derivative",
    "claim",
    "derivatives_of",
    "finish_stage",
    "get",
    "mark_inspected",
    "mark_sealed",
    "of_tip",
    "of_tips",
    "renew",
    "set_aside",
]
