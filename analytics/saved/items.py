"""Kept items in the catalogue: each save is a new version, nothing is overwritten, and a deletion can be undone."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from analytics.errors import UsageError
from analytics.store import Store, write_transaction

Kind = Literal["architecture", "scenario", "comparison"]
KINDS: tuple[Kind, ...] = ("architecture", "scenario", "comparison")
NAME_CHARACTERS, NOTE_CHARACTERS, CONTENT_CHARACTERS = 200, 4_000, 500_000
_COLUMNS = "item, version, kind, name, note, author, saved_at, content"


@dataclass(frozen=True)
class Saved:
    """One version of a kept item; `item` is the same for all its versions. content: TOML or JSON, by kind."""

    item: str
    version: int
    kind: Kind
    name: str
    note: str
    author: str
    saved_at: datetime
    content: str

    @property
    def reference(self) -> str:
        """What a link names it by."""
        return f"{self.item}.{self.version}"


def list_saved(store: Store) -> tuple[Saved, ...]:
    """The latest version of every item that is not deleted, the latest saved first."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM saved WHERE deleted_at IS NULL "
        "QUALIFY row_number() OVER (PARTITION BY item ORDER BY version DESC) = 1 ORDER BY saved_at DESC, name, item"
    )
    return tuple(Saved(*row) for row in rows)


def versions_of(store: Store, item: str) -> tuple[Saved, ...]:
    """All versions of an item, the latest first; nothing when it is unknown or deleted."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM saved WHERE item = $item AND deleted_at IS NULL ORDER BY version DESC", {"item": item}
    )
    return tuple(Saved(*row) for row in rows)


def read_saved(store: Store, reference: str) -> Saved | None:
    """The item `ITEM.VERSION`, or the latest version of `ITEM`; None when it is unknown or deleted."""
    item, _, wanted = reference.partition(".")
    found = versions_of(store, item)
    return next((one for one in found if not wanted or str(one.version) == wanted), None)


def save_item(
    store: Store, kind: Kind, name: str, content: str, note: str = "", author: str = "", item: str | None = None
) -> Saved:
    """Keep `content`: as a new version of `item`, else as a new item.

    Raises UsageError when it has no name, is too long, or when there is no such item of that kind.
    """
    name = " ".join(name.split())
    if not name:
        raise UsageError("What is kept needs a name: give it one.")
    for what, text, most in (("name", name, NAME_CHARACTERS), ("note", note, NOTE_CHARACTERS), ("author", author, NAME_CHARACTERS), ("content", content, CONTENT_CHARACTERS)):  # fmt: skip
        if len(text) > most:
            raise UsageError(f"The {what} has {len(text):,} characters, and {most:,} is the most: shorten it.")
    saved_at = datetime.now(UTC)
    with write_transaction(
        store.path, _kind_of(store), f"keep a {kind}" if kind != "architecture" else "keep an architecture"
    ) as transaction:
        transaction.detail = name
        catalogue = transaction.catalogue
        version = 1
        if item is not None:
            rows = catalogue.execute(
                "SELECT max(version) FROM saved WHERE item = ? AND kind = ? AND deleted_at IS NULL", [item, kind]
            ).fetchall()
            if rows[0][0] is None:
                raise UsageError(f"There is no {kind} to add a version to: it was deleted, or never kept.")
            version = rows[0][0] + 1
        kept = Saved(item or uuid.uuid4().hex[:12], version, kind, name, note, author.strip(), saved_at, content)
        values = [kept.item, version, kind, name, note, kept.author, saved_at, content]
        catalogue.execute(f"INSERT INTO saved ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    return kept


def duplicate_item(store: Store, one: Saved, author: str = "") -> Saved:
    """A new item with the same content."""
    name = one.name[: NAME_CHARACTERS - 7]
    return save_item(store, one.kind, f"{name} (copy)", one.content, one.note, author or one.author)


def delete_item(store: Store, item: str) -> None:
    """Hide all versions of an item; `restore_item` brings them back."""
    _mark(store, item, datetime.now(UTC))


def restore_item(store: Store, item: str) -> None:
    """Undo a deletion."""
    _mark(store, item, None)


def _mark(store: Store, item: str, deleted_at: datetime | None) -> None:
    what = "delete something kept" if deleted_at else "restore something kept"
    with write_transaction(store.path, _kind_of(store), what) as transaction:
        found: list[Any] = transaction.catalogue.execute(
            "UPDATE saved SET deleted_at = ? WHERE item = ? RETURNING name", [deleted_at, item]
        ).fetchall()
        if not found:
            raise UsageError("There is nothing kept under this link: it may belong to another database.")
        transaction.detail = found[-1][0]


def _kind_of(store: Store) -> Literal["own", "demo"]:
    return "demo" if store.kind == "demo" else "own"
