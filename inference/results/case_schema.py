"""The tables of a case file, and what marks a SQLite file as one of ours."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x45515343
"""SQLite's mark of the owning program, in the file's header: "EQSC"."""

# Times are UTC in ISO 8601; flags are 0 or 1; places are level-0 pixels. No slide path and no slide name is
# kept, because names carry patient data often enough: the fingerprint says which slide it is.
_FIRST_TABLES = (
    """
    CREATE TABLE slide (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        fingerprint TEXT NOT NULL,
        mpp_x REAL,
        mpp_y REAL,
        mpp_source TEXT,
        CHECK ((mpp_x IS NULL) = (mpp_y IS NULL) AND (mpp_x IS NULL) = (mpp_source IS NULL))
    )
    """,
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started TEXT NOT NULL,
        model TEXT NOT NULL,
        model_sha256 TEXT NOT NULL,
        settings TEXT NOT NULL,
        device TEXT NOT NULL,
        precision TEXT NOT NULL,
        grid_rows INTEGER NOT NULL,
        grid_columns INTEGER NOT NULL,
        stride_x_l0 REAL NOT NULL,
        stride_y_l0 REAL NOT NULL,
        tile_cells INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
        seconds REAL,
        unreadable_tiles INTEGER,
        nan_cells INTEGER
    )
    """,
    # cells: rows * columns float32, little-endian, row by row.
    """
    CREATE TABLE heatmap_tiles (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        row INTEGER NOT NULL,
        column INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        columns INTEGER NOT NULL,
        unreadable INTEGER NOT NULL CHECK (unreadable IN (0, 1)),
        cells BLOB NOT NULL,
        PRIMARY KEY (run, row, column)
    )
    """,
    """
    CREATE TABLE candidates (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        rank INTEGER NOT NULL,
        probability REAL NOT NULL,
        x_l0 REAL NOT NULL,
        y_l0 REAL NOT NULL,
        row INTEGER NOT NULL,
        column INTEGER NOT NULL,
        PRIMARY KEY (run, rank),
        UNIQUE (run, row, column)
    )
    """,
    # Kept by cell and apart from the list, so that a review outlives another threshold or suppression radius.
    """
    CREATE TABLE reviews (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        row INTEGER NOT NULL,
        column INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'rejected', 'undecided')),
        note TEXT NOT NULL,
        PRIMARY KEY (run, row, column)
    )
    """,
)

_ANNOTATION_TABLES = (
    # The slide's size, so that exports need no slide to know its edges. Unknown in files of version 1.
    "ALTER TABLE slide ADD COLUMN width_l0 INTEGER",
    "ALTER TABLE slide ADD COLUMN height_l0 INTEGER",
    # record: an annotation as JSON, see annotation_record.py.
    """
    CREATE TABLE annotations (
        id INTEGER PRIMARY KEY,
        record BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE annotation_classes (
        name TEXT PRIMARY KEY,
        red INTEGER NOT NULL,
        green INTEGER NOT NULL,
        blue INTEGER NOT NULL,
        key TEXT NOT NULL
    )
    """,
    # The undo journal. A dropped edit was undone and then overtaken by another; it is kept as history. last_id is
    # the highest id that had been given by then.
    """
    CREATE TABLE edits (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        made TEXT NOT NULL,
        label TEXT NOT NULL,
        last_id INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'dropped')),
        edit BLOB NOT NULL
    )
    """,
    "CREATE INDEX edits_by_state ON edits (state, id)",
)

_BOOKMARK_TABLES = (
    """
    CREATE TABLE bookmarks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        x_l0 REAL NOT NULL,
        y_l0 REAL NOT NULL,
        downsample REAL NOT NULL CHECK (downsample > 0),
        angle_deg REAL NOT NULL,
        flipped INTEGER NOT NULL CHECK (flipped IN (0, 1))
    )
    """,
)

_COVERAGE_TABLES = (
    # codes: rows * columns bytes, row by row, compressed by zlib; see coverage.py.
    """
    CREATE TABLE coverage (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        rows INTEGER NOT NULL,
        columns INTEGER NOT NULL,
        codes BLOB NOT NULL
    )
    """,
)

_STABILITY_TABLES = (
    """
    CREATE TABLE stability_scans (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started TEXT NOT NULL,
        model TEXT NOT NULL,
        model_sha256 TEXT NOT NULL,
        turns INTEGER NOT NULL,
        device TEXT NOT NULL,
        precision TEXT NOT NULL,
        settings TEXT NOT NULL,
        grid_rows INTEGER NOT NULL,
        grid_columns INTEGER NOT NULL,
        stride_x_l0 REAL NOT NULL,
        stride_y_l0 REAL NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed'))
    )
    """,
    # mean, std: rows * columns float32, little-endian, row by row.
    """
    CREATE TABLE stability_blocks (
        scan INTEGER NOT NULL REFERENCES stability_scans (id) ON DELETE CASCADE,
        row INTEGER NOT NULL,
        column INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        columns INTEGER NOT NULL,
        mean BLOB NOT NULL,
        std BLOB NOT NULL,
        PRIMARY KEY (scan, row, column)
    )
    """,
)

_STABILITY_EXTREMES = (
    # By which cells that flip across a threshold are told; NULL in blocks of version 5.
    "ALTER TABLE stability_blocks ADD COLUMN lowest BLOB",
    "ALTER TABLE stability_blocks ADD COLUMN highest BLOB",
)

_READING_TABLES = (
    # Who has looked at what is in coverage; empty where no name was given.
    "ALTER TABLE coverage ADD COLUMN reader TEXT NOT NULL DEFAULT ''",
    # Readings before it, which are over.
    """
    CREATE TABLE coverage_before (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        reader TEXT NOT NULL,
        ended TEXT NOT NULL,
        rows INTEGER NOT NULL,
        columns INTEGER NOT NULL,
        codes BLOB NOT NULL
    )
    """,
)

STEPS = (
    _FIRST_TABLES, _ANNOTATION_TABLES, _BOOKMARK_TABLES, _COVERAGE_TABLES, _STABILITY_TABLES, _STABILITY_EXTREMES,
    _READING_TABLES,
)  # fmt: skip
"""What makes each version out of the one before: a change of tables is one more step, never a change to an old one."""

SCHEMA_VERSION = len(STEPS)
"""SQLite's user_version of the newest tables."""


def create_tables(connection: sqlite3.Connection, fingerprint: str) -> None:
    """Makes an empty database a case file; within the caller's transaction, so wholly or not at all."""
    migrate(connection, 0)
    connection.execute("INSERT INTO slide (only, fingerprint) VALUES (1, ?)", (fingerprint,))
    # Pragmas take no parameters; it is a constant of this module.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Takes the tables of a version to the newest; within the caller's transaction."""
    for step in STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
