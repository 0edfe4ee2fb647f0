-- What providers billed: one row per invoice line and period [starts, ends), days in UTC.
CREATE TABLE invoices (
    provider TEXT, starts DATE, ends DATE, item TEXT, kind TEXT, amount_usd DOUBLE, file TEXT, loaded_at TIMESTAMPTZ
);
