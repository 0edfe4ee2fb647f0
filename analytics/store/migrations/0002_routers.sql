-- Trained routers: what they predict for the traffic (requests of a class with the same predictions are one row) and for
-- the side-by-side prompts, always by a router that did not see the request. `predicted` is in the order of `models`.
CREATE TABLE routers (
    name TEXT, version INTEGER, trained_at TIMESTAMPTZ, metric TEXT, models TEXT[], findings JSON
);
CREATE TABLE router_traffic (name TEXT, version INTEGER, use_case TEXT, tenth BIGINT, n DOUBLE, predicted DOUBLE[]);
CREATE TABLE router_prompts (name TEXT, version INTEGER, prompt_id TEXT, predicted DOUBLE[]);
