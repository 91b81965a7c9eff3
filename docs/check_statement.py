"""Check a signed statement offline: python check_statement.py STATEMENT.json PUBLIC-KEY [FILE...]

PUBLIC-KEY as the agency publishes it, with commas where it has had several. Needs PyNaCl. Ends with
BadSignatureError where the agency did not sign what stands there, ValueError where it names another key.
"""

import hashlib
import json
import sys
from pathlib import Path

from nacl.signing import VerifyKey

published, hashes = sys.argv[2].split(","), set()
for one in json.loads(Path(sys.argv[1]).read_text("utf-8"))["statements"]:
    key = VerifyKey(bytes.fromhex(published[published.index(one.get("key", published[0]))]))
    key.verify(b"tipline statement v1\n" + one["text"].encode(), bytes.fromhex(one["signature"]))
    hashes.add(json.loads(one["text"])["sha256"])
    print("signed:", one["text"])
for name in sys.argv[3:]:
    sha256 = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    print(name, "was handed over" if sha256 in hashes else "is in no statement", sha256)
