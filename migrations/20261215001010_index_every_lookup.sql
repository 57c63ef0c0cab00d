-- What is looked up in a table that grows has an index: tests/it/queries.rs looks at every query.

-- An address, whether it is confirmed or not. Neither partial index alone is of use for that.
DROP INDEX accounts_claimed_email_idx;
CREATE INDEX accounts_email_idx ON accounts (email, created_at);
-- Every deletion of an account looks here.
CREATE INDEX passkey_challenges_account_idx ON passkey_challenges (account_id);

-- Orders whose time to pay is over, every half minute.
CREATE INDEX orders_unpaid_idx ON orders (pay_by) WHERE state = 'awaiting_payment';
-- What the gateway of a notice calls a payment. Names of other gateways are looked up, too.
DROP INDEX payments_reference_idx;
CREATE INDEX payments_reference_idx ON payments (reference);
CREATE INDEX cash_collections_payment_idx ON cash_collections (payment_id);
CREATE INDEX refund_lines_refund_idx ON refund_lines (refund_id);
-- The parcels of an order, of every provider.
ALTER TABLE parcels DROP CONSTRAINT parcels_order_key;
ALTER TABLE parcels ADD CONSTRAINT parcels_order_key UNIQUE (order_id, tenant_id);
-- How many wait to be shipped, of every provider and of one.
CREATE INDEX parcels_to_ship_idx ON parcels (tenant_id) WHERE state = 'to_ship' AND NOT rest_unpaid;

-- The newest first, of every provider and of one; and what one person did.
CREATE INDEX audit_log_created_idx ON audit_log (created_at DESC, id DESC);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, created_at) WHERE actor = 'account';

-- What a shopper sees of their purchases, registrations, feedback and messages, and support of all
-- conversations.
CREATE INDEX conversions_account_idx ON conversions (account_id, reported_at DESC, id DESC);
CREATE INDEX conversations_updated_idx ON conversations (updated_at DESC, id DESC);
DROP INDEX registrations_account_idx;
CREATE INDEX registrations_account_idx ON registrations (account_id, created_at DESC, sale_id DESC);
CREATE INDEX feedback_account_idx ON feedback (account_id);
CREATE INDEX messages_account_idx ON messages (account_id, created_at) WHERE account_id IS NOT NULL;

-- Found by id alone: a click whose provider is not known yet, and a conversation by support.
ALTER TABLE conversions DROP CONSTRAINT conversions_tenant_id_click_out_id_fkey;
ALTER TABLE click_outs DROP CONSTRAINT click_outs_pkey;
ALTER TABLE click_outs ADD PRIMARY KEY (id, tenant_id);
ALTER TABLE conversions ADD FOREIGN KEY (tenant_id, click_out_id) REFERENCES click_outs (tenant_id, id);
ALTER TABLE conversation_messages DROP CONSTRAINT conversation_messages_tenant_id_conversation_id_fkey;
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey;
ALTER TABLE conversations ADD PRIMARY KEY (id, tenant_id);
ALTER TABLE conversation_messages
    ADD FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id);
