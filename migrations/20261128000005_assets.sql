-- Uploaded pictures, videos and PDFs. The files are in object storage.

CREATE TABLE assets (
    tenant_id uuid NOT NULL REFERENCES providers,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('image', 'video', 'pdf')),
    filename text NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    content_type text NOT NULL,                -- as claimed; after the upload, as sniffed
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    object_key text NOT NULL,
    state text NOT NULL DEFAULT 'uploading' CHECK (state IN (
        'uploading', 'ready', 'submitted', 'approved', 'changes_requested', 'rejected', 'withdrawn'
    )),
    error text,
    sha256 text,
    width_px int,
    height_px int,
    renditions jsonb NOT NULL DEFAULT '[]',    -- [{width_px, height_px, content_type, object_key}]
    alt text NOT NULL DEFAULT '' CHECK (length(alt) <= 300),
    uploaded_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX assets_created_idx ON assets (tenant_id, created_at DESC);
CALL protect('assets', true);
