-- API keys that expire, that a rotation replaced, and when each was used last.

ALTER TABLE api_keys
    ADD COLUMN expires_at timestamptz,         -- refused from then on; null: never
    ADD COLUMN last_used_at timestamptz,       -- to the minute; null: never
    ADD COLUMN replaced_by uuid;               -- its successor
