"""Uploads whatever the protocol: opened, taken over, taken in, and made a media with their last byte."""
