-- How far each stream (requests, scores, costs) of a source that syncs has been read, and what its last sync brought.
-- `cursor` is JSON: {"of", "since", "until", "at"}, see analytics/sources/cursor.py.
CREATE TABLE IF NOT EXISTS sources (
    name TEXT, stream TEXT, cursor TEXT, synced_at TIMESTAMPTZ, pages BIGINT, read BIGINT, loaded BIGINT, duplicates BIGINT,
    rejected BIGINT, PRIMARY KEY (name, stream)
);
