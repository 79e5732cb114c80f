"""The README and the docs say what is there: the tree, the verbs, the targets, the links.

The tree in README.md is the fenced code block whose first line is `dcgan-studio/`. Below it stands one entry a line:
four spaces for each level of depth (none at the top), a path without spaces, two or more spaces, and one phrase.

    dcgan-studio/
    streamlit_app.py        page config, language, navigation
    .ci/run                 the whole gate on a fresh machine
    dcgan/                  the backend
        config.py           one description of a run
        data/
            images.py       uint8 <-> [-1, 1]
    tests/                  mirrors the rooms

A folder ends in `/`; its phrase is optional where its files follow. Every file must have an entry, but for those of
the folders in NAMED_AS_A_WHOLE, for which the folder's own entry with a phrase is enough, and for UNNAMED.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import typer

from dcgan.cli import app

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
NAMED_AS_A_WHOLE = ("tests/", "ui/locale/", "docs/", "gallery/", ".streamlit/", ".ci/")
UNNAMED = ("README.md", "LICENSE", ".gitignore", "__init__.py")

ENTRY = re.compile(r"^((?: {4})*)(\S+)(?:  +(\S.*))?$")


def list_files() -> list[str]:
    """Every file that is or would be committed, from git, else by walking."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return sorted(name for name in set(listed.stdout.splitlines()) if (ROOT / name).is_file())
    return sorted(_walk(ROOT))


def _walk(folder: Path) -> Iterator[str]:
    """Files below a folder as paths from ROOT; hidden folders of tools, caches and runs are left out."""
    skipped = {".git", ".venv", ".cache", "runs", "build", "__pycache__"}
    for path in folder.iterdir():
        if path.is_dir() and path.name not in skipped and not path.name.endswith("_cache"):
            yield from _walk(path)
        elif path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(ROOT).as_posix()


def read_tree(text: str) -> dict[str, str]:
    """Path to phrase of each entry of the README's tree; a malformed one is refused with a sentence."""
    block = re.search(r"^```\w*\ndcgan-studio/\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block, "README.md has no tree: a fenced code block whose first line is `dcgan-studio/`."
    folders: list[str] = []
    tree: dict[str, str] = {}
    for line in block[1].splitlines():
        entry = ENTRY.match(line)
        assert entry, f"README.md: {line!r} is no entry: four spaces a level, a path, two spaces or more, a phrase."
        depth = len(entry[1]) // 4
        assert depth <= len(folders), f"README.md: {line!r} is indented below something that is no folder."
        path = "".join(folders[:depth]) + entry[2]
        assert path not in tree, f"README.md's tree names {path} twice."
        folders[depth:] = [entry[2]] if entry[2].endswith("/") else []
        tree[path] = entry[3] or ""
    return tree


def is_named(path: str, tree: Mapping[str, str]) -> bool:
    whole = [folder for folder in tree if folder.endswith("/") and tree[folder] and folder.startswith(NAMED_AS_A_WHOLE)]
    return path in tree or path.startswith(tuple(whole)) or path.split("/")[-1] in UNNAMED


def list_commands(text: str) -> list[str]:
    """What a text gives to type: the lines of its code blocks, and its code between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line.strip(" $") for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", rest)


def list_links(text: str) -> list[str]:
    """Targets of links and pictures that are files."""
    targets = re.findall(r"\]\(<?([^)\s>]+)", text) + re.findall(r"""(?:src|href)=["']([^"']+)""", text)
    files = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    return [target for target in files if target]


@pytest.fixture(scope="module")
def readme() -> str:
    assert README.is_file(), "There is no README.md."
    return README.read_text("utf-8")


def test_the_tree_names_every_file(readme: str) -> None:
    tree = read_tree(readme)
    missing = [path for path in list_files() if not is_named(path, tree)]
    assert not missing, f"README.md's tree does not name: {', '.join(missing)}"


def test_the_tree_names_nothing_that_does_not_exist(readme: str) -> None:
    gone = [path for path in read_tree(readme) if not (ROOT / path).exists()]
    assert not gone, f"README.md's tree names what does not exist: {', '.join(gone)}"


def test_every_file_of_the_tree_has_its_phrase(readme: str) -> None:
    bare = [path for path, phrase in read_tree(readme).items() if not phrase and not path.endswith("/")]
    assert not bare, f"README.md's tree has no phrase for: {', '.join(bare)}"


def test_the_readme_shows_every_verb_and_no_other(readme: str) -> None:
    commands = (re.match(r"(?:\S*/)?python3? -m dcgan ([a-z]\S*)", command) for command in list_commands(readme))
    shown = {match[1] for match in commands if match}
    verbs = set(getattr(typer.main.get_command(app), "commands"))  # noqa: B009
    assert shown == verbs, f"README.md lacks {sorted(verbs - shown)} and shows {sorted(shown - verbs)}."


def test_every_make_target_of_the_docs_exists(readme: str) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert "run" in targets
    matches = (re.match(r"make ([a-z][\w-]*)", command) for command in list_commands(readme))
    named = {match[1] for match in matches if match}
    assert {"run", "test"} <= named <= targets, f"README.md names {sorted(named)}, the Makefile has {sorted(targets)}."


def test_every_link_leads_to_a_file() -> None:
    texts = [ROOT / name for name in list_files() if name.endswith(".md")]
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in texts
        for target in list_links(path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not broken, f"These links lead nowhere: {', '.join(broken)}"


def test_a_tree_is_read_with_its_folders() -> None:
    lines = ["a.py   one", "b/", "    c.py  two words", "    d/    all of it", "        e.py  deep", "f/g  x"]
    assert read_tree("\n".join(["```text", "dcgan-studio/", *lines, "```", ""])) == {
        "a.py": "one",
        "b/": "",
        "b/c.py": "two words",
        "b/d/": "all of it",
        "b/d/e.py": "deep",
        "f/g": "x",
    }


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("a.py  one\n    b.py  two\n", "below something that is no folder"),
        ("a.py one\n", "is no entry"),
        ("   a.py  one\n", "is no entry"),
        ("a.py  one\na.py  two\n", "twice"),
    ],
)
def test_a_malformed_tree_is_refused_with_a_sentence(lines: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        read_tree(f"```\ndcgan-studio/\n{lines}```\n")


def test_a_folder_stands_for_its_files_only_where_it_may() -> None:
    tree = {"tests/": "mirrors the rooms", "dcgan/": "the backend", "dcgan/config.py": "a run", "docs/": ""}
    paths = ["tests/runs/test_store.py", "dcgan/config.py", "dcgan/plots.py", "docs/log.md", "dcgan/__init__.py"]
    assert [is_named(path, tree) for path in paths] == [True, True, False, False, True]


def test_commands_and_links_are_found_in_text_and_blocks() -> None:
    text = "Type `make run`, make sure.\n```\n$ make test\n```\n[a](docs/log.md#x) [b](https://x.y) <img src='p.png'>"
    assert list_commands(text) == ["make test", "make run"]
    assert list_links(text) == ["docs/log.md", "p.png"]
