"""The conversation between a citizen and the staff, and the receipt that opens it."""

from evidence.thread.message import Message, TipText, messages, read_for_agency, read_for_citizen
from evidence.thread.receipt import Receipt
from evidence.thread.writing import StaffKeys, Written, once_of, reply, write_by_text, write_with_words

__all__ = [
    "Message",
    "Receipt",
    "StaffKeys",
    "TipText",
    "Written",
    "messages",
    "once_of",
    "read_for_agency",
    "read_for_citizen",
    "reply",
    "write_by_text",
    "write_with_words",
]
