"""What did a stranger send? libmagic sniffs, PyAV or Pillow looks, in the sandbox; the answer is a frozen
value.

`facts` is the answer, `refusals` the ways of saying no, `forms` the formats that are opened at all; `look`
runs inside the sandbox and `examine` calls it from the worker.
"""
