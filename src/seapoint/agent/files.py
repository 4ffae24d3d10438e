"""Files that we own whole: checked first, replaced atomically."""

import contextlib
import grp
import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from seapoint.agent.programs import run_program
from seapoint.base.errors import EngineError
from seapoint.target.host import File, secret


def write_atomically(
    path: Path, text: str, mode: int = 0o644, owner: str | None = None, check: tuple[str, ...] = ()
) -> None:
    """Replace a file so that a reader, a crash or a full disk meets the old text or the new one, never a part.

    ``owner``: "user" (and its primary group) or "user:group". ``check``: a command that must accept the new text,
    ``{}`` in it stands for the file that holds it. Raises EngineError and leaves the old file.
    """
    fresh = path.with_name(f".{path.name}.seapoint-new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fchmod(stream.fileno(), mode)
                if owner is not None:
                    os.fchown(stream.fileno(), *_ids(owner))
                os.fsync(stream.fileno())
            if check:
                run_program(tuple(word.replace("{}", str(fresh)) for word in check))
            fresh.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise
        sync_directory(path.parent)
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}") from error


def sync_directory(path: Path) -> None:
    """Make a rename or removal in a directory last over a power failure."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def whole(file: File) -> str:
    """The file's text with the words of its secrets; raises EngineError where there is none."""
    text = file.text
    for path in file.secrets:
        text = text.replace(secret(path), _word(path))
    return text


def hidden(words: str, files: Iterable[File]) -> str:
    """What a program has said, without the words of the files' secrets."""
    for path in {path for file in files for path in file.secrets}:
        with contextlib.suppress(EngineError):
            words = words.replace(_word(path), secret(path))
    return words


def _word(path: str) -> str:
    try:
        words = Path(path).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"no secret in {path}, where whoever installs the host puts it: {error}") from error
    if len(words) != 1:
        raise EngineError(f"no secret in {path}: it must hold one word")
    return words[0]


def stands(file: File) -> bool:
    """Whether the file is there with its text, mode and owner."""
    path = Path(file.path)
    try:
        state = path.lstat()
        if not path.is_file() or path.is_symlink() or state.st_mode & 0o7777 != file.mode:
            return False
        return (state.st_uid, state.st_gid) == _ids(file.owner) and path.read_bytes() == whole(file).encode()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}") from error


def put(file: File) -> None:
    """Write the file; raises EngineError with the check's own words and leaves the old one in force."""
    text = whole(file)
    try:
        write_atomically(Path(file.path), text, file.mode, file.owner, file.check)
    except EngineError as error:
        raise EngineError(hidden(str(error), [file])) from None


def remove(path: str) -> None:
    """Remove a file that we wrote and that is not wanted any more."""
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        raise EngineError(f"{path} cannot be removed: {error.strerror}") from error


def _ids(owner: str) -> tuple[int, int]:
    user, _, group = owner.partition(":")
    try:
        entry = pwd.getpwnam(user)
        return entry.pw_uid, grp.getgrnam(group).gr_gid if group else entry.pw_gid
    except KeyError as error:
        raise EngineError(f"there is no user or group {owner!r} on this host") from error
