"""What is mutated: for each subject its modules, and the fastest tests that are meant to notice."""

from typing import NamedTuple


class Subject(NamedTuple):
    """Paths of modules, and of tests."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


_CHAT = "tests/unit/chat"
_CONTRACT = "tests/contract"
_CLIENT = "clients/python/parley_client"

SUBJECTS: dict[str, Subject] = {
    "send": Subject(("parley/chat/send.py",), (f"{_CHAT}/test_send.py", _CHAT, "tests/handlers/test_message.py")),
    "sync": Subject(("parley/chat/sync.py",), (f"{_CHAT}/test_sync.py", _CHAT, "tests/handlers/test_message.py")),
    "receipts": Subject(
        ("parley/chat/receipts.py",), (f"{_CHAT}/test_receipts.py", _CHAT, "tests/handlers/test_message.py")
    ),
    "effects": Subject(
        (
            "parley/chat/effects/burst.py",
            "parley/chat/effects/dispatch.py",
            "parley/chat/effects/inbox_order.py",
            "parley/chat/effects/media_references.py",
            "parley/chat/effects/push.py",
            "parley/chat/effects/redelivery.py",
            "parley/chat/effects/settings.py",
            "parley/chat/effects/summary.py",
            "parley/chat/inbox/badge.py",
            "parley/chat/inbox/summaries.py",
            "workers/stream.py",
        ),
        (f"{_CHAT}/effects", f"{_CHAT}/inbox", f"{_CHAT}/test_sync.py", "tests/handlers/test_stream.py"),
    ),
    "log": Subject(("parley/chat/aws/log.py",), (f"{_CONTRACT}/test_log.py", f"{_CHAT}/aws")),
    "chat-adapters": Subject(
        (
            "parley/chat/aws/blocks.py",
            "parley/chat/aws/items.py",
            "parley/chat/aws/media_references.py",
            "parley/chat/aws/memberships.py",
            "parley/chat/aws/snapshots.py",
            "parley/chat/aws/summaries.py",
        ),
        (
            f"{_CHAT}/aws",
            f"{_CONTRACT}/test_directory.py",
            f"{_CONTRACT}/test_log.py",
            f"{_CONTRACT}/test_log_snapshots.py",
            f"{_CONTRACT}/test_media.py",
        ),
    ),
    "core-adapters": Subject(
        (
            "parley/core/aws/batch.py",
            "parley/core/aws/errors.py",
            "parley/core/aws/listings.py",
            "parley/core/aws/paging.py",
            "parley/core/aws/updates.py",
            "parley/core/writes.py",
        ),
        (
            "tests/unit/core",
            f"{_CHAT}/aws",
            "tests/unit/delivery/aws",
            f"{_CONTRACT}/test_directory.py",
            f"{_CONTRACT}/test_log.py",
        ),
    ),
    "delivery-adapters": Subject(
        (
            "parley/delivery/aws/connections.py",
            "parley/delivery/aws/devices.py",
            "parley/delivery/aws/items.py",
            "parley/delivery/aws/users.py",
        ),
        (
            "tests/unit/delivery/aws",
            f"{_CONTRACT}/test_devices.py",
            f"{_CONTRACT}/test_directory.py",
        ),
    ),
    "accounts-adapters": Subject(
        (
            "parley/accounts/aws/accounts.py",
            "parley/accounts/aws/conversations.py",
            "parley/accounts/aws/items.py",
            "parley/accounts/aws/profiles.py",
            "parley/accounts/aws/user_data.py",
        ),
        (
            "tests/unit/accounts/aws",
            f"{_CONTRACT}/test_accounts.py",
            f"{_CONTRACT}/test_data.py",
            f"{_CONTRACT}/test_profiles.py",
        ),
    ),
    "media-adapters": Subject(
        (
            "parley/media/aws/items.py",
            "parley/media/aws/registry.py",
            "parley/moderation/aws/items.py",
            "parley/moderation/aws/reports.py",
        ),
        (
            "tests/unit/media/aws",
            "tests/unit/moderation",
            f"{_CONTRACT}/test_media.py",
            f"{_CONTRACT}/test_reports.py",
        ),
    ),
    "erasing": Subject(
        ("parley/accounts/deletion.py",), ("tests/unit/accounts", "tests/handlers/test_account_workers.py")
    ),
    "verifying": Subject(
        ("parley/media/verification.py",), ("tests/unit/media", "tests/handlers/test_media_workers.py")
    ),
    "client": Subject(
        (
            f"{_CLIENT}/protocol/gaps.py",
            f"{_CLIENT}/protocol/marks.py",
            f"{_CLIENT}/protocol/outbox.py",
            f"{_CLIENT}/protocol/pending.py",
            f"{_CLIENT}/protocol/session.py",
            f"{_CLIENT}/protocol/sync.py",
            f"{_CLIENT}/protocol/typing.py",
        ),
        ("tests/unit/client/protocol",),
    ),
    "client-connection": Subject((f"{_CLIENT}/protocol/connection.py",), ("tests/unit/client/protocol",)),
}
