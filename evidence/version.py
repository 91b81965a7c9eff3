"""The version of all of it: of the package, the command line, the doors and the image."""

VERSION = "0.1.0"
"""As semver.org has it; `make release` raises it, here and in package.json, and nobody else does."""
