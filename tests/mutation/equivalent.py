"""Mutants that change nothing anybody could notice, each with the reason; by subject and by the mutant's name."""

_NOBODY_READS = "the worker's error makes Lambda deliver the record again; nobody reads after how long"
_SPARE = "the limit has room to spare: an entry that is within SPAN of the tail is read with any limit from SPAN on"
_COUNTED = "without an entry behind the mark there is either no read mark or the call was refused before"
_SKIMMED = "it is asked for when the page has the first SKIM entries of a conversation at least"
_JSON = "an entry takes some hundred bytes"
_FROM_1 = "the first seq is 1"

EQUIVALENT: dict[str, dict[str, str]] = {
    "send": {
        "_read: SPAN + rules.burst + 1 → SPAN + rules.burst - 1": _SPARE,
        "_read: SPAN + rules.burst + 1 → SPAN + rules.burst + 2": _SPARE,
        "_read: SPAN + rules.burst + 1 → SPAN + rules.burst + 0": _SPARE,
    },
    "sync": {
        "_Page.full: self._room <= _CONVERSATION_BYTES → self._room < _CONVERSATION_BYTES": (
            "a page with exactly this room takes one more conversation, for which it has the room"
        ),
        "_Page.wanted: max(len(self.entries), 1) → max(len(self.entries), 2)": _SKIMMED,
        "_Page.wanted: max(len(self.entries), 1) → max(len(self.entries), 0)": _SKIMMED,
        "_Page.wanted: max(size, 1) → max(size, 2)": _JSON,
        "_Page.wanted: max(size, 1) → max(size, 0)": _JSON,
        "sync: strict=True → strict=False": "there is one summary for each conversation that they were made of",
        "_summary_of: log.newest(read.name, 0, 1) → log.newest(read.name, 1, 1)": _FROM_1,
        "_summary_of: log.newest(read.name, 0, 1) → log.newest(read.name, -1, 1)": _FROM_1,
    },
    "receipts": {
        "_behind: log.after(conversation, seq, 1) → log.after(conversation, seq, 2)": (
            "only the first of the entries is looked at; another one costs half a read unit at the most"
        ),
        "_count_before: first.count - first.counts if first else 0 → first.count - first.counts if first else 1": (
            _COUNTED
        ),
        "_count_before: first.count - first.counts if first else 0 → first.count - first.counts if first else -1": (
            _COUNTED
        ),
        "_grown: read > stored.read → read >= stored.read": "the count of the same mark is stored over itself",
    },
    "effects": {
        "push: retry_after=1 → retry_after=2": _NOBODY_READS,
        "push: retry_after=1 → retry_after=0": _NOBODY_READS,
        "_serve_all: retry_after=1 → retry_after=2": _NOBODY_READS,
        "_serve_all: retry_after=1 → retry_after=0": _NOBODY_READS,
        "_must_hear: retry_after=1 → retry_after=2": _NOBODY_READS,
        "_must_hear: retry_after=1 → retry_after=0": _NOBODY_READS,
    },
    "media-adapters": {
        "DynamoMediaRegistry.settle: {'BOOL': True} → {'BOOL': False}": (
            "whether there is a thumbnail is told by whether the attribute is there"
        ),
    },
    "accounts-adapters": {
        "_held: return False → return None": "it is only asked for its truth",
    },
    "client": {
        "SyncTracker.answered: return False → return True": (
            "a pending sync always has its page; only a server that answered another command with `synced` could tell"
        ),
    },
    "client-connection": {
        "Connection._enter: state is not self.state or pause is not None → state is not self.state": (
            "a connection that is already waiting does not begin to wait again, so a pause always comes with a change"
        ),
    },
    "erasing": {
        "_cut_off: leaving.stage == 'waiting' and isinstance(ports.accounts.move(leaving, begun), Occupied)"
        " → isinstance(ports.accounts.move(leaving, begun), Occupied)": (
            "a request that has begun is stored over itself, which costs a write"
        ),
    },
}
