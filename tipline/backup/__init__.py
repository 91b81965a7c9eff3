"""Backups of what runs embedded on one machine, taken while it runs, and bringing one back.

A backup is the state of one moment: the database as one snapshot has it, the store and the spool as kill -9
would have left them right after. So whatever was acknowledged before that moment is in it.
"""
