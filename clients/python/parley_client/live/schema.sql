-- The schema of a client's file, which holds one user's state on one device. clients/SPEC.md says what each table is for.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,              -- 'user', 'device', and 'generation' once the server has told it
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE cursors (
    conversation TEXT PRIMARY KEY,
    seq INTEGER NOT NULL                -- every entry up to here is held
) WITHOUT ROWID;

CREATE TABLE entries (
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    at INTEGER NOT NULL,                -- milliseconds since the epoch, by the server
    body TEXT NOT NULL,                 -- JSON, as it came
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;

CREATE INDEX entries_by_id ON entries (id);
CREATE INDEX entries_by_sender ON entries (conversation, sender, seq);

CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL,
    recipient TEXT,                     -- the other user of a direct conversation
    text TEXT NOT NULL,
    media TEXT NOT NULL DEFAULT '[]',   -- JSON: the ids of the attached media
    code TEXT,                          -- NULL: to be sent; otherwise why it was refused for good
    reason TEXT
);

CREATE TABLE marks (
    conversation TEXT NOT NULL,
    user TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) WITHOUT ROWID;

CREATE TABLE intents (
    conversation TEXT PRIMARY KEY,      -- own marks that the server has not shown
    delivered INTEGER NOT NULL,
    read INTEGER NOT NULL
) WITHOUT ROWID;

PRAGMA user_version = 2;
