"""The tables of the station's database, and the number that says which form they have.

Nothing in these tables identifies a resident in clear: a NIK is kept as an HMAC tag, everything
captured or typed about a person is kept in `draft_parts`, sealed before it comes here.
"""

APPLICATION_ID = 0x4B54504C  # "KTPL", so that `file` and other tools can tell what this is
SCHEMA_VERSION = 1

TABLES = """
CREATE TABLE operators (
    operator_id        INTEGER PRIMARY KEY,
    user_name          TEXT NOT NULL UNIQUE,
    display_name       TEXT NOT NULL,
    role               TEXT NOT NULL CHECK (role IN ('operator', 'supervisor', 'technician')),
    is_active          INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    login_verifier     TEXT NOT NULL,
    public_key         BLOB NOT NULL CHECK (length(public_key) = 32),
    wrap_cost          TEXT NOT NULL,
    wrap_salt          BLOB NOT NULL CHECK (length(wrap_salt) = 16),
    sealed_private_key BLOB NOT NULL,
    created_at         TEXT NOT NULL
) STRICT;

CREATE TABLE lockouts (
    subject      TEXT PRIMARY KEY,
    failures     INTEGER NOT NULL,
    boot_id      TEXT NOT NULL,
    since_ms     INTEGER NOT NULL,
    wait_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    case_id    TEXT PRIMARY KEY,
    writes     INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_keys (
    case_id     TEXT NOT NULL REFERENCES drafts (case_id),
    operator_id INTEGER NOT NULL REFERENCES operators (operator_id),
    public_key  BLOB NOT NULL,
    wrapped     BLOB NOT NULL,
    PRIMARY KEY (case_id, operator_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_parts (
    part_id    INTEGER PRIMARY KEY,
    case_id    TEXT NOT NULL REFERENCES drafts (case_id),
    name       TEXT NOT NULL,
    position   INTEGER NOT NULL,
    counter    INTEGER NOT NULL,
    sealed     BLOB NOT NULL,
    written_by TEXT NOT NULL,
    UNIQUE (case_id, name)
) STRICT;

CREATE TABLE cases (
    case_id         TEXT PRIMARY KEY,
    day             TEXT NOT NULL,
    day_number      INTEGER NOT NULL,
    nik_tag         BLOB NOT NULL CHECK (length(nik_tag) = 32),
    state           TEXT NOT NULL,
    origin_code     TEXT NOT NULL,
    host_code       TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    operator_id     INTEGER NOT NULL REFERENCES operators (operator_id),
    package_id      TEXT UNIQUE,
    sequence        INTEGER UNIQUE,
    manifest_sha256 TEXT,
    national_status TEXT,
    note            TEXT,
    UNIQUE (day, day_number)
) STRICT;
CREATE INDEX cases_by_nik ON cases (nik_tag);
CREATE INDEX cases_by_state ON cases (state);

CREATE TABLE audit_leaves (
    sequence  INTEGER PRIMARY KEY,
    leaf      BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE audit_nodes (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash  BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;
"""
