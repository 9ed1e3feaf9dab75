"""Which methods are there? Every module of ``core.model.methods`` is one."""

import importlib
import pkgutil
from dataclasses import replace
from typing import Any, cast

from core.config import ModelConfig
from core.errors import ConfigError
from core.model import methods
from core.model.method import MethodEntry
from core.settings import dump_settings, parse_settings


def method_names() -> tuple[str, ...]:
    """Names of all methods, in alphabetical order; nothing of them is imported."""
    found = (module.name for module in pkgutil.iter_modules(methods.__path__))
    return tuple(sorted(name.replace("_", "-") for name in found))


def find_method(name: str) -> MethodEntry:
    """Look a method up.

    Raises:
        ConfigError: There is none of that name.
    """
    if name not in method_names():
        raise ConfigError(f"unknown method {name!r}; choose {', '.join(method_names())}")
    module = importlib.import_module(f"core.model.methods.{name.replace('-', '_')}")
    return cast(MethodEntry, module.METHOD)


def read_options(config: ModelConfig) -> Any:
    """The method's own settings as its own dataclass.

    Raises:
        ConfigError: Unknown method, or not settings it can have.
    """
    kind = find_method(config.method).settings
    return parse_settings(kind, config.options, source=f"options of {config.method}")


def complete_options(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """Fill in the defaults of the settings that are not given.

    Raises:
        ConfigError: Unknown method, or not settings it can have.
    """
    return dump_settings(read_options(replace(ModelConfig(), method=method, options=options)))
