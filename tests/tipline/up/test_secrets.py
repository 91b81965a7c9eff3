"""Secrets are made once, and what each process is told is its own."""

import pwd
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.errors import Conflict, Invalid, SettingsError, Unavailable
from evidence.vault import KeyInUse, key_id
from tipline.run import keys
from tipline.up import accounts
from tipline.up.environments import intake_environment, settings_handed_on
from tipline.up.instance import operator_environment
from tipline.up.ports import free_ports, is_free
from tipline.up.reach import Addresses, Reach, with_login
from tipline.up.rotation import (
    finish,
    rotate_agency_key,
    rotate_checkpoint_key,
    rotate_number_key,
    rotate_passwords,
    rotate_vault_key,
)
from tipline.up.secrets import Secrets, base64_of
from tipline.up.site import choose_addresses
from tipline.up.store_access import Buckets


def test_they_are_the_same_the_second_time(tmp_path: Path) -> None:
    first, second = (Secrets.kept_in(tmp_path / "secrets") for _ in range(2))
    assert first == second
    assert first != Secrets.kept_in(tmp_path / "others")
    assert len(first.agency_private_key) == len(first.checkpoint_signing_key) == 32
    assert not list((tmp_path / "secrets").glob("*.new"))


def test_no_other_agency_key_is_made_in_silence_where_one_is_lost(tmp_path: Path) -> None:
    before = Secrets.kept_in(tmp_path / "secrets")
    key = tmp_path / "secrets/agency-private-key"
    kept = key.read_text()
    key.unlink()
    with pytest.raises(SettingsError, match="nobody reads what citizens wrote") as refused:
        Secrets.kept_in(tmp_path / "secrets")
    assert refused.value.code == "secret_missing"
    assert not key.exists()
    key.write_text(kept)
    assert Secrets.kept_in(tmp_path / "secrets") == before


def test_a_start_that_was_cut_short_at_its_first_secret_goes_on(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets/agency-private-key.new").touch()
    assert Secrets.kept_in(tmp_path / "secrets").agency_private_key


def test_a_new_agency_key_keeps_the_old_one_and_a_new_signing_key_only_what_verifies(tmp_path: Path) -> None:
    before = Secrets.kept_in(tmp_path / "secrets")
    for rotate in (rotate_agency_key, rotate_checkpoint_key, rotate_agency_key):
        said = rotate(tmp_path / "secrets")
        assert "new key" in said
    after = Secrets.kept_in(tmp_path / "secrets")
    assert after.agency_earlier_keys[1] == before.agency_private_key
    assert len({after.agency_private_key, *after.agency_earlier_keys}) == 3
    assert after.checkpoint_earlier_keys == (before.checkpoint_verify_key,)
    everything = "".join(file.read_text() for file in (tmp_path / "secrets").iterdir())
    assert base64_of(before.checkpoint_signing_key) not in everything
    assert (tmp_path / "secrets/agency-earlier-private-keys").stat().st_mode & 0o777 == 0o600


def test_passwords_and_the_stores_keys_are_made_anew(tmp_path: Path) -> None:
    before = Secrets.kept_in(tmp_path / "secrets")
    rotate_passwords(tmp_path / "secrets")
    after = Secrets.kept_in(tmp_path / "secrets")
    assert all(before.role_passwords[role] != after.role_passwords[role] for role in before.role_passwords)
    assert all(before.store_keys[name] != after.store_keys[name] for name in before.store_keys)
    assert after.admin_password == before.admin_password


def test_keys_of_the_vault_are_kept_until_no_number_lies_under_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    before = Secrets.kept_in(folder)
    rotate_vault_key(folder)
    rotate_number_key(folder)
    after = Secrets.kept_in(folder)
    assert (after.vault_earlier_keys, after.number_earlier_keys) == (
        (before.vault_key,),
        (before.number_key,),
    )
    keys.main(tmp_path / "compose")  # compose gets both in the same variable, the newest first
    (tmp_path / "compose/keys/vault-earlier-keys").write_text(f"{base64_of(before.vault_key)}\n")
    keys.main(tmp_path / "compose")
    told = (tmp_path / "compose/sms.env").read_text()
    newest = (tmp_path / "compose/keys/vault-key").read_text()
    assert f"TIPLINE_VAULT_KEY='{newest},{base64_of(before.vault_key)}'" in told
    now = datetime.now(UTC)
    for left_over in (None, 3):
        in_use = [KeyInUse("vault", key_id(after.vault_key), now, left_over, None)]
        with pytest.raises(Conflict):
            finish(folder, "vault-key", in_use)
    with pytest.raises(Conflict):  # the door has not been started with the new one yet
        finish(folder, "vault-key", [KeyInUse("vault", key_id(before.vault_key), now, 0, None)])
    with pytest.raises(Invalid):
        finish(folder, "agency-key", [])
    assert Secrets.kept_in(folder) == after
    finish(folder, "vault-key", [KeyInUse("vault", key_id(after.vault_key), now, 0, None)])
    assert Secrets.kept_in(folder) == replace(after, vault_earlier_keys=())
    assert base64_of(before.vault_key) not in "".join(file.read_text() for file in folder.iterdir())


def test_they_are_not_used_where_others_could_read_them(tmp_path: Path) -> None:
    Secrets.kept_in(tmp_path / "secrets")
    (tmp_path / "secrets").chmod(0o755)
    with pytest.raises(SettingsError, match="Others can look into"):
        Secrets.kept_in(tmp_path / "secrets")


def test_none_shows_in_a_representation(tmp_path: Path) -> None:
    secrets = Secrets.kept_in(tmp_path / "secrets")
    assert secrets.admin_password not in repr(secrets)
    assert secrets.store_keys["worker"].secret_key not in repr(secrets)


def test_the_operators_settings_are_handed_on_but_nothing_that_could_be_secret() -> None:
    operator = {
        "TIPLINE_AGENCY_NAME": "Springfield",
        "TIPLINE_TWILIO_AUTH_TOKEN": "t",
        "TIPLINE_AGENCY_PRIVATE_KEY": "k",
        "TIPLINE_ROLE_PASSWORDS": "{}",
        "TIPLINE_S3_ENDPOINT": "http://s3",
        "AWS_SECRET_ACCESS_KEY": "a",
        "PATH": "/bin",
    }
    assert settings_handed_on(operator) == {"TIPLINE_AGENCY_NAME": "Springfield"}


def test_the_public_door_is_told_of_no_store_even_of_the_operators_own(tmp_path: Path) -> None:
    own_store = {
        "TIPLINE_S3_ACCESS_KEY": "a",
        "TIPLINE_S3_SECRET_KEY": "s",
        "TIPLINE_S3_ENDPOINT": "http://s3",
    }
    addresses = Addresses("127.0.0.1", 1, 2, "http://a", "http://b")
    secrets = Secrets.kept_in(tmp_path / "secrets")
    reach = Reach(addresses, "postgresql://db/tipline", None, Buckets(), secrets, own_store)
    assert not [name for name in intake_environment(reach) if "S3" in name]
    assert reach.store_variables("worker") == own_store


def test_among_several_hosts_the_public_door_is_told_of_their_bucket_alone(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://db/tipline", "TIPLINE_SPOOL_BUCKET": "uploads",
        "TIPLINE_S3_ENDPOINT": "http://s3", "TIPLINE_S3_ORIGINALS": "originals",
        "TIPLINE_S3_ACCESS_KEY": "a", "TIPLINE_S3_SECRET_KEY": "s",
        "TIPLINE_S3_INTAKE_ACCESS_KEY": "x", "TIPLINE_S3_INTAKE_SECRET_KEY": "y",
    }  # fmt: skip
    addresses = Addresses("127.0.0.1", 1, 2, "http://a", "http://b")
    secrets = Secrets.kept_in(tmp_path / "secrets")
    reach = Reach(addresses, given["DATABASE_URL"], None, Buckets(), secrets, given)
    told = intake_environment(reach)
    assert {name: value for name, value in told.items() if "S3" in name or "BUCKET" in name} == {
        "TIPLINE_SPOOL_BUCKET": "uploads", "TIPLINE_S3_ENDPOINT": "http://s3",
        "TIPLINE_S3_ACCESS_KEY": "x", "TIPLINE_S3_SECRET_KEY": "y",
    }  # fmt: skip
    assert "x" not in reach.store_variables("worker").values()
    for missing in ("DATABASE_URL", "TIPLINE_S3_INTAKE_SECRET_KEY"):
        without = replace(reach, operator={**given, missing: ""})
        with pytest.raises(SettingsError, match="TIPLINE_SPOOL_BUCKET"):
            intake_environment(without)
    with pytest.raises(SettingsError, match="several hosts"):
        intake_environment(replace(reach, store_endpoint="http://127.0.0.1:1"))


def test_keys_that_delete_in_the_operators_own_store_are_the_deletion_clocks_alone(tmp_path: Path) -> None:
    given = {
        "TIPLINE_S3_ACCESS_KEY": "a", "TIPLINE_S3_SECRET_KEY": "s",
        "TIPLINE_S3_EXPIRE_ACCESS_KEY": "x", "TIPLINE_S3_EXPIRE_SECRET_KEY": "y",
    }  # fmt: skip
    addresses = Addresses("127.0.0.1", 1, 2, "http://a", "http://b")
    secrets = Secrets.kept_in(tmp_path / "secrets")
    reach = Reach(addresses, "postgresql://db/tipline", None, Buckets(), secrets, given)
    for identity in ("worker", "console", "operator", "steward"):
        assert reach.store_variables(identity) == {
            "TIPLINE_S3_ACCESS_KEY": "a", "TIPLINE_S3_SECRET_KEY": "s",
        }  # fmt: skip
    assert reach.store_variables("expire") == {"TIPLINE_S3_ACCESS_KEY": "x", "TIPLINE_S3_SECRET_KEY": "y"}


def test_a_login_replaces_the_one_in_the_address() -> None:
    url = with_login(
        "postgresql://admin:secret@db:5433/tipline?sslmode=require", "tipline_intake", "p@ss/word"
    )
    assert url == "postgresql://tipline_intake:p%40ss%2Fword@db:5433/tipline?sslmode=require"
    with pytest.raises(SettingsError, match="must be an address"):
        with_login("host=db user=admin", "tipline_intake", "p")


def test_numbers_drawn_before_there_was_one_more_program_are_kept_where_all_are_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_strangers_can_run", lambda *_: True)
    monkeypatch.setattr(accounts.os, "geteuid", lambda: 0)
    note = tmp_path / "accounts.json"
    note.write_text('{"first_uid": 61500}')
    kept = accounts.choose_accounts(tmp_path, note)
    assert (kept.postgres.uid, kept.carrier.uid, kept.expire.uid) == (61500, 61507, 61508)
    assert kept.expire.groups == kept.worker.groups
    named = [*pwd.getpwall(), pwd.struct_passwd(("grace", "x", 61508, 61508, "", "/", "/bin/sh"))]
    monkeypatch.setattr(accounts.pwd, "getpwall", lambda: named)
    assert accounts.choose_accounts(tmp_path, note).postgres.uid != 61500


def test_no_port_is_told_of_twice() -> None:
    """Database, store and doors choose one after the other, long before the first of them listens."""
    ports = [free_ports(["any"])["any"] for _ in range(600)]
    assert len(set(ports)) == len(ports)


def test_free_ports_are_chosen_for_zero_and_taken_ones_are_named() -> None:
    addresses = choose_addresses("127.0.0.1", 0, 0, {"TIPLINE_CONSOLE_URL": "https://console.city.gov"})
    assert addresses.intake_port != addresses.console_port
    assert is_free(addresses.intake_port)
    assert addresses.console_url == "https://console.city.gov"


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    addresses = choose_addresses("::1", 8100, 8101, {})
    assert (addresses.intake_url, addresses.console_url) == ("http://[::1]:8100", "http://[::1]:8101")


def test_where_nothing_runs_the_operator_is_told_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Start it with: tipline up --data"):
        operator_environment(tmp_path, {})


def test_compose_gets_one_file_for_each_service_and_the_same_the_second_time(tmp_path: Path) -> None:
    keys.main(tmp_path)
    first = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    keys.main(tmp_path)
    assert first == {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert {name for name in first if name.endswith(".env")} == {
        f"{name}.env"
        for name in ("intake", "console", "worker", "sms", "expire", "operator", "prepare", "database")
    }
    assert "TIPLINE_S3" not in first["intake.env"]
    assert "PRIVATE" not in first["worker.env"]
    assert "/run/store/.seaweedfs/store.key" in first["security.toml"]
