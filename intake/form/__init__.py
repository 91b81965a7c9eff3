"""What a browser without JavaScript posts: a whole tip, or more files for one, read and kept at once."""

from intake.form.adding import ADDING
from intake.form.endpoint import FormEndpoint

__all__ = ["ADDING", "FormEndpoint"]
