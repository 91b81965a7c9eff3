"""What a browser without JavaScript posts: a whole tip, or more files for one, read and kept at once."""

from intake.form.adding import ADDING
from intake.form.endpoint import FormEndpoint
from intake.form.linked import LINKED

__all__ = ["ADDING", "LINKED", "FormEndpoint"]
