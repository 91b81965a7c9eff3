"""Cameras and their owners' written consent: a constraint of the database lets none run without one."""

from evidence.cameras.camera import Camera, add, cameras
from evidence.cameras.consent import Consent, Terms, consents, give, grant, revoke

__all__ = ["Camera", "Consent", "Terms", "add", "cameras", "consents", "give", "grant", "revoke"]
