-- A log that stays in a warehouse: where its rows are and what `requests` means there (JSON, see analytics/engines/rows.py),
-- the (model, provider) pairs it names, and the windows of time whose sums are here.
CREATE TABLE IF NOT EXISTS warehouses (name TEXT PRIMARY KEY, rows JSON, models JSON);
CREATE TABLE IF NOT EXISTS warehouse_segments (segment TEXT PRIMARY KEY, name TEXT, begins TIMESTAMPTZ, ends TIMESTAMPTZ);
