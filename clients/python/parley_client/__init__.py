"""The Parley client: messages that arrive once, in order, whatever the network does.

``Client`` for asyncio; ``Session`` for those who bring their own I/O; ``Rest`` for the HTTP API.
"""

from parley_client.client import Client, ClientStopped, open_store
from parley_client.events import (
    Event,
    Failed,
    PresenceAnswered,
    Queued,
    Receipt,
    Received,
    Refresh,
    Rewound,
    Sent,
    SignedOut,
    State,
    StateChanged,
    TypingChanged,
)
from parley_client.problems import Problem, RestError, Unreachable
from parley_client.rest import ANY, Rest
from parley_client.session import Session
from parley_client.signin import Cognito, CognitoError, CognitoTokens, Tokens
from parley_client.sqlite_store import SqliteStore
from parley_client.store import MemoryStore, Store, StoreError
from parley_client.tokens import SignInRequired, TokenSource
from parley_client.uploads import UploadRefused
from parley_client.values import Conversation, Entry, Marks, Online, Outgoing, Undelivered, direct

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
    "PresenceAnswered",
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
