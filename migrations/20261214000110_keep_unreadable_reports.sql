-- What a provider's server sent that cannot be read as a report, kept as it was received.

ALTER TABLE reports
    DROP CONSTRAINT reports_standing_check,
    ADD CONSTRAINT reports_standing_check
        CHECK (standing IN ('matched', 'waiting', 'unmatched', 'unreadable')),
    ADD COLUMN body_sealed bytea,              -- its first bytes, of a postback that cannot be read
    ADD COLUMN body_bytes int CHECK (body_bytes >= 0), -- how long it was
    ADD COLUMN content_type text CHECK (length(content_type) <= 200),
    ADD COLUMN user_agent text CHECK (length(user_agent) <= 200),
    ADD CONSTRAINT reports_body_check CHECK (
        (body_sealed IS NULL) = (body_bytes IS NULL)
        AND (body_sealed IS NULL OR standing = 'unreadable')
    );
-- How many were kept lately.
CREATE INDEX reports_unreadable_idx ON reports (tenant_id, received_at)
    WHERE standing = 'unreadable' AND channel = 'api_key';
