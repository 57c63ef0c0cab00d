-- Contracts: SMP's templates by version, what each provider is offered of them and signs, and until
-- when a provider's contract is in force.

CREATE TABLE contract_templates (
    id uuid PRIMARY KEY,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published')),
    -- Given when it is published: 1, 2, …
    number integer CONSTRAINT contract_templates_number_key UNIQUE,
    title text NOT NULL,
    body text NOT NULL,                        -- with placeholders: {{provider_name}}
    delivery_days integer NOT NULL CHECK (delivery_days > 0),
    honour_days integer NOT NULL CHECK (honour_days > 0),
    sign_by timestamptz,                       -- when contracts of earlier versions end
    version integer NOT NULL DEFAULT 1,        -- counts the edits of the draft
    edited_by uuid,
    edited_at timestamptz,
    published_by uuid,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    CHECK ((state = 'published') = (number IS NOT NULL)),
    CHECK ((state = 'published') = (published_at IS NOT NULL))
);

-- A first draft, for SMP to edit and publish.
INSERT INTO contract_templates (id, title, body, delivery_days, honour_days, created_at)
VALUES (
    '01a00000-0000-7000-8000-000000000001',
    'Contract for selling on SMP',
    'This contract is between SMP and {{provider_name}}, registration number {{registration_number}}, '
    || '{{country}} (the provider). It is version {{version}}, offered on {{date}}.

# What the provider guarantees

- Delivery. The provider delivers every product and service that a shopper bought in a sale on SMP, as the '
    || 'sale described it, within {{delivery_days}} days of the sale''s end, or by the date promised in the '
    || 'sale when that is later.
- Reservations, coupons and vouchers. The provider honours every reservation, coupon and voucher that was '
    || 'issued through SMP for at least {{honour_days}} days after it was issued, at the price and on the '
    || 'terms of the sale, and honours a reservation on the dates that were reserved.
- Stock. The provider has, or has secured, every unit that it guarantees for a sale, and promises the same '
    || 'unit to nobody else.
- Description. Pictures, texts, prices and terms of a sale are true, and the provider may use them.

# What follows when a guarantee is not kept

The provider refunds the shopper in full, or agrees on something else with the shopper. SMP may pause or cancel '
    || 'the provider''s sales until the matter is settled.

# What SMP does

- SMP reviews each sale before shoppers see it, and shows it as it was approved.
- SMP never sells more units than the provider guaranteed and SMP verified.
- SMP passes to the provider what it needs to fulfil an order, and nothing more.

# How long this contract lasts

It is in force once both have signed it. When SMP publishes a new version, it names a date; this contract stays '
    || 'in force until then, and ends earlier when both have signed the new one. Orders, reservations, coupons and '
    || 'vouchers from before the end are fulfilled under this contract.',
    14, 365, '2026-01-01T00:00:00Z'
);
CALL protect('contract_templates', false);

-- What a provider was offered: the text as it was rendered for it, which never changes.
CREATE TABLE contracts (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    template_id uuid NOT NULL REFERENCES contract_templates,
    number integer NOT NULL,                   -- of the template
    state text NOT NULL DEFAULT 'offered' CHECK (state IN (
        'offered', 'signed', 'countersigned', 'superseded'
    )),
    title text NOT NULL,
    document text NOT NULL,
    document_hash text NOT NULL,               -- SHA-256 of the document in UTF-8, hexadecimal
    delivery_days integer NOT NULL,
    honour_days integer NOT NULL,
    offered_at timestamptz NOT NULL,
    sign_by timestamptz,                       -- when the contract in force at the offer ends
    reminded_at timestamptz,
    signed_by uuid,
    signed_name text,
    signed_at timestamptz,
    signed_address_hash text,                  -- keyed hash of the signer's address
    countersigned_by uuid,
    countersigned_name text,
    countersigned_at timestamptz,
    ends_at timestamptz,                       -- of a countersigned one: a later version's sign_by
    superseded_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contracts_template_key UNIQUE (tenant_id, template_id)
);
CREATE UNIQUE INDEX contracts_in_force_idx ON contracts (tenant_id) WHERE state = 'countersigned';
CREATE INDEX contracts_waiting_idx ON contracts (state, offered_at) WHERE state IN ('offered', 'signed');
CALL protect('contracts', true);

-- Until when the provider's contract is in force: null without one, the year 9999 when no end is set.
-- It is here, and public, because shops ask it wherever they ask for the provider's state.
ALTER TABLE providers ADD COLUMN contract_until timestamptz;
-- Who was approved before there were contracts has a month to sign one.
SET LOCAL smp.scope = 'platform';
UPDATE providers SET contract_until = now() + interval '30 days' WHERE state IN ('approved', 'suspended');
SET LOCAL smp.scope = '';
