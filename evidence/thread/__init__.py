"""The conversation between a citizen and the staff, and the receipt that opens it."""

from evidence.thread.message import Message, TipText, messages, read_for_agency, read_for_citizen
from evidence.thread.receipt import Receipt

__all__ = ["Message", "Receipt", "TipText", "messages", "read_for_agency", "read_for_citizen"]
