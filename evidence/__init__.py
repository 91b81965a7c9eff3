"""The kernel: what tips, media, ledger and cases are."""
