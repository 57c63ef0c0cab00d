-- Two people who edit one thing at a time do not overwrite each other: an edit names the version that
-- it was made from, and a stale one is refused with who changed it since. Null: not edited yet.

ALTER TABLE offers
    ADD COLUMN version int NOT NULL DEFAULT 1,
    ADD COLUMN edited_by uuid,
    ADD COLUMN edited_at timestamptz;
ALTER TABLE sales
    ADD COLUMN version int NOT NULL DEFAULT 1, -- of the draft
    ADD COLUMN edited_by uuid,
    ADD COLUMN edited_at timestamptz;
ALTER TABLE providers
    ADD COLUMN version int NOT NULL DEFAULT 1, -- of profile and cart addresses
    ADD COLUMN edited_by uuid,
    ADD COLUMN edited_at timestamptz;
ALTER TABLE assets
    ADD COLUMN version int NOT NULL DEFAULT 1, -- of the description
    ADD COLUMN edited_by uuid,
    ADD COLUMN edited_at timestamptz;
