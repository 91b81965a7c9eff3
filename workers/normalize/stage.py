"""The last stage, which nobody waits for: the full-size copy of what staff can watch in small already."""

from evidence.media import add_derivative
from workers.bench import Bench, Done, Task, nothing_to_record
from workers.derivatives import made_before
from workers.inspect.facts import Facts
from workers.normalize.copy import full_copy
from workers.normalize.recipe import recipe_for


def normalize(bench: Bench, task: Task) -> Done:
    """Make the full-size copy, unless it is there. Raises as the tools do."""
    facts = Facts.from_json(task.media.facts)
    recipe = recipe_for(facts)
    if made_before(bench, task.media, recipe.kind, recipe.name):
        return Done(following="done", record=nothing_to_record)
    made = full_copy(bench, task, facts)
    return Done(following="done", record=lambda conn, lease: add_derivative(conn, lease, made))
