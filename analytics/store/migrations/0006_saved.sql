-- What people kept: every version of an architecture (TOML), a scenario or a comparison (JSON). Deleted items stay until undone.
CREATE TABLE IF NOT EXISTS saved (
    item TEXT, version INTEGER, kind TEXT, name TEXT, note TEXT, author TEXT, saved_at TIMESTAMPTZ, content TEXT,
    deleted_at TIMESTAMPTZ
);
