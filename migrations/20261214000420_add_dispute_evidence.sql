-- What SMP answers to disputes: evidence, submitted once, or that it accepts them.

ALTER TABLE disputes
    -- How often evidence was submitted, by SMP or in the gateway's dashboard, as the gateway says.
    ADD COLUMN submissions integer NOT NULL DEFAULT 0 CHECK (submissions >= 0),
    -- When SMP asked the gateway to close it as lost; null again when the gateway refused that.
    ADD COLUMN accepted_at timestamptz;

-- The evidence of a dispute. Texts are empty where there is nothing to say.
CREATE TABLE dispute_evidence (
    dispute_id uuid PRIMARY KEY REFERENCES disputes,
    product_description text NOT NULL,
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    shipping_carrier text NOT NULL,
    shipping_tracking_number text NOT NULL,
    shipping_date text NOT NULL,               -- as people read it; several with commas
    receipt text NOT NULL,
    uncategorized_text text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    edited_by uuid NOT NULL,
    edited_at timestamptz NOT NULL,
    -- When it was sent, and what became of that may not be known; null again when the gateway refused it.
    sent_at timestamptz,
    sent_by uuid,
    CHECK ((sent_at IS NULL) = (sent_by IS NULL))
);
CALL protect('dispute_evidence', false);
