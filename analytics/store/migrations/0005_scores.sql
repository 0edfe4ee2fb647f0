-- Scores that came after their request was loaded, one per request and metric: a newer one replaces the older.
CREATE TABLE scores (source TEXT, request_id TEXT, metric TEXT, quality DOUBLE, scored_at TIMESTAMPTZ);
