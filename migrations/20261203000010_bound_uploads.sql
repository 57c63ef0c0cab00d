-- Uploads arrive under a key of their own and are kept under another one, which no upload address
-- names. What a provider stores and announces is bounded, and what never arrived is cleared.

ALTER TABLE assets
    -- Until when an upload that was announced can begin; null: nothing can arrive any more.
    ADD COLUMN upload_expires_at timestamptz,
    ADD COLUMN rendition_bytes bigint NOT NULL DEFAULT 0 CHECK (rendition_bytes >= 0),
    ADD COLUMN submitted_at timestamptz;       -- a review shows it; null: none ever did
CREATE INDEX assets_upload_expires_idx ON assets (upload_expires_at)
    WHERE upload_expires_at IS NOT NULL;

-- The tables' policies hold for their owner too.
SET LOCAL smp.scope = 'platform';
UPDATE assets SET upload_expires_at = created_at + interval '30 minutes' WHERE state = 'uploading';
-- Which of the older ones a review shows is not known, so they are taken to be shown.
UPDATE assets SET submitted_at = created_at WHERE state <> 'uploading';
