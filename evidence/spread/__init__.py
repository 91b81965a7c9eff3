"""Uploads spread over many hosts: every byte is in a bucket that all share before its offset is told.

A host's spool directory is then a working copy that may be lost with the host. Who has an upload in hand is
decided in the bucket as well, by writing the next entry of the upload's log (`record`), which S3 lets only
one do. Where no bucket is set, nothing of this is used: one host's spool is enough for one host.
"""
