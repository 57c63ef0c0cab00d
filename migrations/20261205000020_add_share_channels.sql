-- By what a sale was shared. Null: not a share, or one from before this column.

ALTER TABLE interactions ADD COLUMN share_channel text
    CHECK (share_channel IN ('copy', 'native', 'email', 'facebook', 'x'));
