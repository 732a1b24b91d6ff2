"""What is deployed is what exists: its commands, its settings, its ports; no secret in it, no host of a registry."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prefect.settings import Settings as PrefectSettings

from config.settings import PROJECT, Settings
from desk.web import feeds, receipts
from desk.web.answers import PREFIX
from desk.web.command import PORT as ANSWERS
from desk.web.pages import STYLE
from desk.web.staff.command import PORT as STAFF
from tests.test_docs import parse

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
OURS = {f"JALON_{name.upper()}" for name in Settings.model_fields} | {"PGPASSFILE"}
JALON = "/opt/jalon/.venv/bin/jalon"


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=True, interpolation=None)
    found.optionxform = str  # type: ignore[method-assign,assignment]
    found.read(path, "utf-8")
    return found


def prefect_names() -> set[str]:
    """Every variable that this Prefect reads."""
    from prefect.settings.legacy import _get_settings_fields

    return {setting.name for setting in _get_settings_fields(PrefectSettings).values()}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_exists_as_nobody_else(path: Path) -> None:
    found = unit(path)
    if path.suffix == ".timer":
        assert (path.parent / f"{path.stem}.service").exists() and found["Timer"]["OnCalendar"]
        return
    service = found["Service"]
    commands = [service[key] for key in ("ExecStartPre", "ExecStart") if key in service]
    assert commands and all(command.startswith(f"{JALON} ") for command in commands)
    for command in commands:
        parse(command)
    assert service["User"] == "jalon" and service["UMask"] == "0077" and service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict" and service["ReadWritePaths"] == "/var/lib/jalon"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text("utf-8").replace(JALON, sys.executable)
        (tmp_path / path.name).write_text(re.sub(r"(?m)^(User|Group)=jalon$", r"\1=root", text), "utf-8")
    units = [str(tmp_path / path.name) for path in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, env=os.environ
    )
    assert not [line for line in done.stderr.splitlines() if "jalon" in line and "Unknown" in line], done.stderr
    assert "Unknown" not in done.stderr and "Failed to parse" not in done.stderr


def test_every_variable_of_the_example_is_read_by_somebody() -> None:
    text = (DEPLOY / "jalon.env.example").read_text("utf-8")
    named = dict(re.findall(r"(?m)^#?([A-Z_]{4,})=(.*)$", text))
    assert {"JALON_HOME", "JALON_DATABASE_URL", "PREFECT_SERVER_DATABASE_CONNECTION_URL"} <= named.keys()
    assert named.keys() <= OURS | prefect_names()
    assert [value for name, value in named.items() if "SECRET" in name and value] == []
    assert not [value for value in named.values() if re.search(r"://[^/@]*:[^/@]*@", value)]  # no password in a URL


def test_the_containers_hold_no_secret_and_publish_one_port() -> None:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = found["services"]
    variables = services["jalon"]["environment"]
    assert variables.keys() <= OURS
    assert not [value for value in variables.values() if re.search(r"://[^/@]*:[^/@]*@", value)]
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {"proxy": ["443:443"]}
    assert services["jalon"]["network_mode"] == "service:proxy"  # Jalon believes a forwarded address of loopback alone
    for image in (one["image"] for one in services.values() if "image" in one):
        assert "/" not in image  # a name, and no host of a registry
    assert set(found["secrets"]) == {"db_password", "pgpass"}
    assert all(set(secret) == {"file"} for secret in found["secrets"].values())


def test_the_proxy_leads_to_our_ports_and_publishes_no_page_of_prefect() -> None:
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert set(re.findall(r"proxy_pass http://127\.0\.0\.1:(\d+);", text)) == {str(ANSWERS), str(STAFF)}
    (published,) = re.findall(r"location ~ \^/\(([^)]+)\)", text)
    served = [path.split("{")[0].strip("/") + "/" for path in (PREFIX, feeds.PATH, receipts.PATH)]
    assert published.split("|") == [*served, STYLE.strip("/").replace(".", r"\.") + "$"]
    assert text.count("proxy_set_header X-Forwarded-For $remote_addr;") == 2
