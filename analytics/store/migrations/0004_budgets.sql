-- What a team, use case or model (or, kind 'total', name '', everything) may cost in a month, in USD.
CREATE TABLE budgets (kind TEXT, name TEXT, monthly_usd DOUBLE, PRIMARY KEY (kind, name));
