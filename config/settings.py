"""The settings of Jalon, from the environment or `jalon.toml` in the working folder; the environment wins."""

from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PROJECT = Path(__file__).resolve().parent.parent
TERRITORIES = PROJECT / "config" / "territories"
MODEL = "modele"  # what a new county starts from


class Settings(BaseSettings):
    """`home`: all that the embedded default writes. `channels`: none means that nothing leaves the machine.

    `desk_url`: the public address of the desk, where a proxy serves it; none: this machine's own. `oidc_*`: who vouches
    for accounts; none: passwords alone. `pg_bin`: the folder of pg_dump, if not in PATH.
    """

    model_config = SettingsConfigDict(env_prefix="JALON_", toml_file="jalon.toml", extra="ignore")

    home: Path = Path("./var")
    database_url: str = ""
    territory: str = "doubs"
    channels: Path | None = None
    pg_bin: Path | None = None
    desk_url: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = "mon compte professionnel"

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'jalon.db'}"

    @property
    def territory_folder(self) -> Path:
        """A name is a folder of `config/territories/`; anything with a separator is a path of its own."""
        named = TERRITORIES / self.territory
        return named if "/" not in self.territory and named.is_dir() else Path(self.territory).resolve()

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def heads_file(self) -> Path:
        """The heads of the journal, noted outside the database (E9)."""
        return self.home / "journal-heads.jsonl"

    @property
    def sends_file(self) -> Path:
        """What left, noted outside the database (A12)."""
        return self.home / "sends.jsonl"

    @property
    def imports(self) -> Path:
        """The only folder that a flow may import from."""
        return self.home / "imports"
