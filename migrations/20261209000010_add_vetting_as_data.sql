-- Vetting as data: leads, the application as a draft, requirements that SMP defines, their history,
-- and what both sides write about them.

-- Companies that SMP would like to sell with. From the invitation on, a lead is where its provider is.
CREATE TABLE leads (
    id uuid PRIMARY KEY,
    company text NOT NULL CHECK (length(company) BETWEEN 1 AND 120),
    contact_name text NOT NULL DEFAULT '',
    email text NOT NULL,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'), -- ISO 3166-1
    product_category text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT '',           -- where SMP found it
    notes text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'contacted', 'invited', 'lost')),
    lost_reason text,
    follow_up_on date,
    provider_id uuid CONSTRAINT leads_provider_key UNIQUE REFERENCES providers (tenant_id),
    version int NOT NULL DEFAULT 1,
    edited_by uuid NOT NULL,
    edited_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT leads_lost_check CHECK (state <> 'lost' OR lost_reason IS NOT NULL),
    CONSTRAINT leads_invited_check CHECK ((state = 'invited') = (provider_id IS NOT NULL))
);
CREATE INDEX leads_created_idx ON leads (created_at DESC, id DESC);
CALL protect('leads', false);

-- What a provider tells SMP about itself, field by field over several visits. Null: not said yet.
CREATE TABLE applications (
    tenant_id uuid PRIMARY KEY REFERENCES providers,
    registration_number text,
    about text,
    "references" text,
    regions text[],                            -- ISO 3166-1 countries it ships to
    support_email text,
    support_phone text,
    selling_mode text CHECK (selling_mode IN ('hosted', 'redirect', 'both')),
    monthly_units int CHECK (monthly_units >= 0),          -- expected
    monthly_revenue_minor bigint CHECK (monthly_revenue_minor >= 0),
    monthly_revenue_currency text,
    submitted_at timestamptz,                  -- handed in; again after SMP asked for more
    taken_by uuid,                             -- the manager who reviews it
    wanted text,                               -- what SMP asked for and the provider owes
    wanted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    edited_by uuid,
    edited_at timestamptz
);
CALL protect('applications', true);

-- What SMP asks of providers. An edit is a new version; the highest is in force.
CREATE TABLE requirement_definitions (
    code text NOT NULL CONSTRAINT requirement_definitions_code_check
        CHECK (code ~ '^[a-z][a-z0-9_]*$' AND length(code) <= 40),
    version int NOT NULL CHECK (version >= 1),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
    instructions text NOT NULL DEFAULT '',
    method text NOT NULL CHECK (method IN ('attest', 'document', 'review', 'bond')),
    -- The field of the application that is the answer; null if the provider answers by itself.
    application_field text CHECK (application_field IN (
        'registration_number', 'references', 'product_category', 'regions'
    )),
    -- Whom it applies to. Null, empty or both: everyone.
    selling_mode text NOT NULL DEFAULT 'both' CHECK (selling_mode IN ('hosted', 'redirect', 'both')),
    regions text[] NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    monthly_units_from int CHECK (monthly_units_from > 0),
    monthly_revenue_from_minor bigint CHECK (monthly_revenue_from_minor > 0),
    monthly_revenue_from_currency text,
    waivable boolean NOT NULL DEFAULT true,
    valid_months int CHECK (valid_months BETWEEN 1 AND 120),
    bond_minor bigint CHECK (bond_minor > 0),  -- the least amount of a surety bond
    bond_currency text,
    active boolean NOT NULL DEFAULT true,
    edited_by uuid,
    edited_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (code, version),
    CHECK ((method = 'bond') = (bond_minor IS NOT NULL AND bond_currency IS NOT NULL))
);
CALL protect('requirement_definitions', false);
CREATE POLICY tenant_reads ON requirement_definitions FOR SELECT
    USING ((SELECT scope_name()) = 'tenant');

SET LOCAL smp.scope = 'platform';
INSERT INTO requirement_definitions (code, version, title, instructions, method, application_field)
VALUES
    ('business_registration', 1, 'Business registration',
     'Your number in the commercial register.', 'review', 'registration_number'),
    ('references', 1, 'References',
     'People who can vouch for your business, and how to reach them.', 'review', 'references'),
    ('product_category', 1, 'Product category', 'What you sell.', 'review', 'product_category'),
    ('regions', 1, 'Regions', 'The countries you ship to.', 'review', 'regions');

-- Where a provider stands with each requirement: `version` is of the definition it answered.
ALTER TABLE requirements RENAME COLUMN kind TO code;
ALTER TABLE requirements
    DROP CONSTRAINT requirements_kind_check,
    ADD COLUMN version int NOT NULL DEFAULT 1,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN warned_at timestamptz,          -- told that it expires soon
    ADD COLUMN lapsed_at timestamptz;          -- suspended, since it was not renewed in time
CREATE INDEX requirements_expires_idx ON requirements (expires_at) WHERE expires_at IS NOT NULL;

-- What happened to each requirement, in order. Append-only.
CREATE TABLE requirement_steps (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    code text NOT NULL,
    version int NOT NULL,
    step text NOT NULL CHECK (step IN ('answered', 'met', 'refused', 'waived', 'expired')),
    text text NOT NULL DEFAULT '',             -- the answer, or the reason of the decision
    attested_name text,
    asset_id uuid,
    bond_minor bigint,
    bond_currency text,
    bond_ends_on date,
    done_by uuid,                              -- null: SMP, by the clock
    done_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets
);
CREATE INDEX requirement_steps_code_idx ON requirement_steps (tenant_id, code, id);
CALL protect('requirement_steps', true);

INSERT INTO requirement_steps (tenant_id, id, code, version, step, text, done_by, done_at)
SELECT r.tenant_id, gen_random_uuid(), r.code, 1, 'answered', r.evidence, NULL, p.created_at
FROM requirements r JOIN providers p USING (tenant_id) WHERE r.state <> 'open';
INSERT INTO requirement_steps (tenant_id, id, code, version, step, text, done_by, done_at)
SELECT tenant_id, gen_random_uuid(), code, 1, state, note, decided_by,
       coalesce(decided_at, now())
FROM requirements WHERE state IN ('met', 'refused', 'waived', 'expired');
DELETE FROM requirements WHERE state = 'open';
ALTER TABLE requirements
    DROP COLUMN evidence, DROP COLUMN note, DROP COLUMN decided_by, DROP COLUMN decided_at;

INSERT INTO applications
    (tenant_id, registration_number, about, "references", regions, support_email, support_phone,
     submitted_at)
SELECT p.tenant_id, p.registration_number, p.about,
       (SELECT s.text FROM requirement_steps s
        WHERE s.tenant_id = p.tenant_id AND s.code = 'references' AND s.step = 'answered' LIMIT 1),
       p.regions, p.support_email, p.support_phone, p.updated_at
FROM providers p WHERE p.state <> 'invited';

SET LOCAL smp.scope = '';

-- Comments, which both sides read, and notes, which SMP alone reads.
CREATE TABLE vetting_remarks (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    code text,                                 -- of a requirement; null: on the application
    audience text NOT NULL CHECK (audience IN ('both', 'smp')),
    text text NOT NULL,
    author uuid NOT NULL,
    by_smp boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CALL protect('vetting_remarks', true);

-- A document of the vetting is shown on no page, and to owners and vetting staff alone.
ALTER TABLE assets ADD COLUMN purpose text NOT NULL DEFAULT 'catalogue'
    CHECK (purpose IN ('catalogue', 'vetting'));
