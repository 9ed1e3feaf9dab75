"""Give a checkpoint away: its files and its card, as a repository on the Hugging Face hub."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from core.checkpoint import parse_config
from core.checkpoint.format import FILES, CheckpointConfig
from core.errors import CheckpointError, OutputError
from train.report.card import HERE, usage

CARD = "README.md"
NEEDED = ("config.json", "model.safetensors", CARD)


def find_checkpoint(run: Path) -> Path:
    """The checkpoint that a path means: the chosen one of a run, or the folder itself.

    Raises:
        CheckpointError: There is none, it lacks a file, or its weights are not those of its config.
    """
    folder = run / "checkpoint" if (run / "checkpoint").is_dir() else run
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{folder} is no checkpoint to publish: {', '.join(missing)} is missing; give a run "
            "folder, or a checkpoint in it"
        )
    expected = read_config(folder).weights_sha256
    with (folder / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if expected and found != expected:
        raise CheckpointError(f"{folder} is damaged: its weights are not those of its config.json")
    return folder


def read_config(folder: Path) -> CheckpointConfig:
    """Settings of a checkpoint.

    Raises:
        CheckpointError: Its ``config.json`` cannot be read.
    """
    path = folder / "config.json"
    try:
        return parse_config(json.loads(path.read_text(encoding="utf-8")), source=str(path))
    except ValueError as error:
        raise CheckpointError(f"{path} is not readable ({error})") from error


def card_for_hub(text: str, config: CheckpointConfig, repository: str) -> str:
    """A card as the hub wants it: facts for its search in front, and the id in the snippet.

    Args:
        text: The card as training wrote it.
        config: Of the checkpoint.
        repository: ``owner/name``.
    """
    if HERE in text:
        text = text.replace(HERE, repository)
    else:
        text = text.rstrip("\n") + "\n\n" + "\n".join(usage(repository)) + "\n"
    if text.startswith("---\n"):
        return text
    tags = ["facial-expression-recognition", "video", "clip", config.model.method]
    front = [
        "---",
        "library_name: a3lign-dfer",
        "pipeline_tag: video-classification",
        # The data's licence binds the weights, and only who trained them knows it.
        "license: other",
        "tags:",
        *(f"- {tag}" for tag in tags),
        "---",
    ]
    return "\n".join(front) + "\n" + text


def publish(folder: Path, repository: str, *, public: bool = False) -> str:
    """Upload a checkpoint.

    Args:
        folder: From ``find_checkpoint``.
        repository: ``owner/name``; it is made if it is not there, and takes a new version if so.
        public: Whether a new repository may be seen by everybody.

    Returns:
        Address of the repository.

    Raises:
        OutputError: Not such a name, or the hub does not take it.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError

    # The client reads the variable only once, when it is imported.
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    with tempfile.TemporaryDirectory() as place:
        staged = Path(place)
        for name in FILES:
            if (folder / name).is_file():
                shutil.copy(folder / name, staged / name)
        card = (folder / CARD).read_text(encoding="utf-8")
        text = card_for_hub(card, read_config(folder), repository)
        (staged / CARD).write_text(text, encoding="utf-8")
        try:
            address = api.create_repo(repository, private=not public, exist_ok=True)
            api.upload_folder(
                repo_id=repository,
                folder_path=str(staged),
                commit_message=f"Publish {folder.resolve().parent.name}",
            )
        except HFValidationError as error:
            raise OutputError(f"{repository!r} is no name for the hub: write owner/name") from error
        # The hub client raises errors of several libraries, depending on what failed.
        except Exception as error:
            raise OutputError(
                f"{repository} could not be published ({type(error).__name__}: "
                f"{str(error).strip().splitlines()[0][:200] if str(error).strip() else 'no reason'}"
                "); log in with `hf auth login` as somebody who may write there, and check the "
                "connection"
            ) from error
    return str(address)
