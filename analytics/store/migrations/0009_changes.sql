-- Who changed what: one row per write, in the transaction that made it. Never a key, never the text of a prompt.
CREATE TABLE IF NOT EXISTS changes (changed_at TIMESTAMPTZ, who TEXT, what TEXT, detail TEXT);
-- Since when the texts of a side-by-side prompt are kept, so that they can be forgotten when they are old.
CREATE TABLE IF NOT EXISTS prompts_kept (prompt_id TEXT PRIMARY KEY, kept_at TIMESTAMPTZ);
