"""A running installation as the doctor comes to it: in full on its own machine, in part from a container."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from evidence.settings import Env, StoreSettings
from tipline.up.instance import Note, operator_environment, read_note, says_it_all
from tipline.up.site import Folders


@dataclass(frozen=True)
class Installation:
    """Everything the checks look at.

    `environment` is the operator's own (role, store, keys). `note` and `folders` are there where `tipline up`
    runs on this machine; without them the other processes' logins and files are not ours to look at.
    `backups` is where `tipline backup` puts them, if that is known.
    """

    environment: Mapping[str, str] = field(repr=False)
    note: Note | None = None
    folders: Folders | None = None
    backups: Path | None = None

    @classmethod
    def of(cls, data: Path, backups: Path | None = None) -> Self:
        """Find what runs on `data`; raises `Unavailable` where nothing does, `SettingsError`."""
        environment = operator_environment(data)
        if says_it_all(os.environ):
            return cls(environment, backups=backups)
        return cls(environment, read_note(data), Folders(data.absolute()), backups)

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings that the processes run with, none of them secret."""
        return self.environment if self.note is None else {**self.environment, **self.note.settings}

    @property
    def env(self) -> Env:
        """The operator's environment, to be read from."""
        return Env(self.environment)

    def database_url(self, role: str) -> str | None:
        """Another role's login, where it is ours to take."""
        return None if self.note is None else self.note.reach.database_url(role)

    def store_settings(self) -> dict[str, StoreSettings]:
        """How each identity reaches the store, by name; ours alone where the others' keys are not ours."""
        if self.note is None:
            return {"operator": StoreSettings.from_env(self.env)}
        reach = self.note.reach
        names = ("worker", "console", "expire", "operator", *(["steward"] if reach.store_endpoint else []))
        return {name: StoreSettings.from_env(Env(reach.store_variables(name))) for name in names}

    @property
    def spool(self) -> Path | None:
        """Where uploads grow, if that is here: a container is told of a directory, and has another volume."""
        return None if self.folders is None else self.folders.spool
