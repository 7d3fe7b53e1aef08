"""The Parley client: messages that arrive once, in order, whatever the network does.

``Client`` runs on asyncio; ``Session`` is for anyone who brings their own I/O; ``Rest`` is the HTTP API. Every public
name is exported here; the modules below may be rearranged.
"""

from parley_client.http.cognito import Cognito, CognitoError, CognitoTokens, Tokens
from parley_client.http.problems import Problem, RestError, Unreachable
from parley_client.http.rest import ANY, Rest
from parley_client.http.tokens import SignInRequired, TokenSource
from parley_client.http.uploads import UploadRefused
from parley_client.live.client import Client, ClientStopped, open_store
from parley_client.live.sqlite_store import SqliteStore
from parley_client.protocol.events import (
    Event,
    Failed,
    PresenceResult,
    Queued,
    Receipt,
    Received,
    Refresh,
    Rewound,
    Sent,
    SignedOut,
    Skipped,
    State,
    StateChanged,
    TypingChanged,
)
from parley_client.protocol.session import Session
from parley_client.protocol.store import MemoryStore, Store, StoreError
from parley_client.protocol.values import Conversation, Entry, Marks, Online, Outgoing, Undelivered, direct

__all__ = [
    "ANY",
    "Client",
    "ClientStopped",
    "Cognito",
    "CognitoError",
    "CognitoTokens",
    "Conversation",
    "Entry",
    "Event",
    "Failed",
    "Marks",
    "MemoryStore",
    "Online",
    "Outgoing",
    "PresenceResult",
    "Problem",
    "Queued",
    "Receipt",
    "Received",
    "Refresh",
    "Rest",
    "RestError",
    "Rewound",
    "Sent",
    "Session",
    "SignInRequired",
    "SignedOut",
    "Skipped",
    "SqliteStore",
    "State",
    "StateChanged",
    "Store",
    "StoreError",
    "TokenSource",
    "Tokens",
    "TypingChanged",
    "Undelivered",
    "Unreachable",
    "UploadRefused",
    "direct",
    "open_store",
]
