"""Check a signed statement offline: python check_statement.py STATEMENT.json PUBLIC-KEY [FILE...]

Needs PyNaCl. Ends with BadSignatureError where the agency did not sign what stands there.
"""

import hashlib
import json
import sys
from pathlib import Path

from nacl.signing import VerifyKey

key, hashes = VerifyKey(bytes.fromhex(sys.argv[2])), set()
for one in json.loads(Path(sys.argv[1]).read_text("utf-8"))["statements"]:
    key.verify(b"tipline statement v1\n" + one["text"].encode(), bytes.fromhex(one["signature"]))
    hashes.add(json.loads(one["text"])["sha256"])
    print("signed:", one["text"])
for name in sys.argv[3:]:
    sha256 = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    print(name, "was handed over" if sha256 in hashes else "is in no statement", sha256)
