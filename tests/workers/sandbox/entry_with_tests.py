"""The child's entry with the tests' package made known as well, before anything is shut."""

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    importlib.import_module("workers.sandbox.child").main(sys.argv)
