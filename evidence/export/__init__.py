"""Handing evidence over: bags that anyone can check without us."""

from evidence.export.bag import export_tip

__all__ = ["export_tip"]
