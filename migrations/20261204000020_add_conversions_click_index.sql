-- What was reported of a click is counted with every report of it.
CREATE INDEX conversions_click_idx ON conversions (tenant_id, click_out_id);
