"""The composition root: the only place where use cases meet adapters. At INIT each Lambda function calls the function
here that is meant for it.

A cold start costs what it imports and makes. So an adapter that not every function needs is imported where it is made,
and it is made when it is first asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from parley.core.aws import clients
from parley.core.aws.threads import Threads
from parley.runtime import dependencies
from parley.runtime.adapters import SIDE_BY_SIDE, Adapters

if TYPE_CHECKING:
    from parley.media import ports as media_ports

DAY_MS = 24 * 3600 * 1000


def message(environ: Mapping[str, str]) -> dependencies.Message:
    """Returns what the message function needs."""
    from parley.chat import receipts, send, sync, typing

    adapters = Adapters(environ)
    log, directory, sockets, parallel = adapters.log, adapters.directory, adapters.sockets, adapters.threads
    return dependencies.Message(
        sending=send.Ports(
            log=log,
            log_snapshots=adapters.log_snapshots,
            snapshots=directory,
            block_counts=directory,
            connections=directory,
            sockets=sockets,
        ),
        rules=send.Rules(allow_consumer_pairs=adapters.settings.allow_consumer_pairs),
        syncing=sync.Ports(
            log=log,
            archived=adapters.archive_index,
            snapshots=directory,
            memberships=directory,
            parallel=parallel,
        ),
        marking=receipts.Ports(
            log=log,
            log_snapshots=adapters.log_snapshots,
            snapshots=directory,
            memberships=directory,
            connections=directory,
            sockets=sockets,
        ),
        typing=typing.Ports(snapshots=directory, connections=directory, sockets=sockets),
        generation=adapters.settings.generation,
        telemetry=adapters.telemetry,
    )


def connect(environ: Mapping[str, str]) -> dependencies.Connect:
    """Returns what the connect function needs."""
    adapters = Adapters(environ)
    return dependencies.Connect(connections=adapters.directory, sockets=adapters.sockets, telemetry=adapters.telemetry)


def disconnect(environ: Mapping[str, str]) -> dependencies.Disconnect:
    """Returns what the disconnect function needs."""
    adapters = Adapters(environ)
    return dependencies.Disconnect(connections=adapters.directory, telemetry=adapters.telemetry)


def rest(environ: Mapping[str, str]) -> dependencies.Rest:
    """Returns what the HTTP function needs."""
    from parley.accounts import exports, profiles, user_data
    from parley.accounts import resource as account
    from parley.archive import history, restoring
    from parley.archive import resource as archived
    from parley.chat import receipts, send
    from parley.chat.inbox import preferences
    from parley.chat.people import blocks
    from parley.delivery import devices
    from parley.media import archive, links, media_events, uploads
    from parley.media import resource as media
    from parley.moderation import reports

    adapters = Adapters(environ)
    log, directory, sockets = adapters.log, adapters.wide_directory, adapters.sockets
    media_news = media_events.Ports(
        snapshots=directory,
        memberships=directory,
        connections=directory,
        sockets=sockets,
        devices=adapters.devices,
        push=adapters.push,
    )
    return dependencies.Rest(
        profiles=profiles.Ports(
            profiles=adapters.profiles,
            snapshots=directory,
            memberships=directory,
            media_references=directory,
            connections=directory,
            sockets=sockets,
        ),
        sending=send.Ports(
            log=log,
            log_snapshots=adapters.log_snapshots,
            snapshots=directory,
            block_counts=directory,
            connections=directory,
            sockets=sockets,
        ),
        rules=send.Rules(allow_consumer_pairs=adapters.settings.allow_consumer_pairs),
        marking=receipts.Ports(
            log=log,
            log_snapshots=adapters.log_snapshots,
            snapshots=directory,
            memberships=directory,
            connections=directory,
            sockets=sockets,
        ),
        keeping=preferences.Ports(snapshots=directory, memberships=directory, connections=directory, sockets=sockets),
        blocks=blocks.Ports(blocks=directory, snapshots=directory),
        devices=devices.Ports(connections=directory, devices=adapters.devices, push=adapters.push),
        reports=reports.Ports(log=log, connections=directory, reports=adapters.reports),
        data=user_data.Ports(data=adapters.user_data, connections=directory, sockets=sockets),
        account=account.Ports(
            accounts=adapters.accounts,
            exports=exports.Asking(exports=adapters.exports, jobs=adapters.jobs, files=adapters.linked_files),
        ),
        media=media.Ports(
            uploading=uploads.Ports(registry=adapters.registry, objects=adapters.objects, snapshots=directory),
            rules=uploads.Rules(allow_consumer_pairs=adapters.settings.allow_consumer_pairs),
            showing=links.Ports(
                registry=adapters.registry,
                objects=adapters.objects,
                links=adapters.links,
                snapshots=directory,
                archiving=archive.Ports(registry=adapters.registry, media_news=media_news),
            ),
        ),
        history=archived.Ports(
            reading=history.Ports(log=log, index=adapters.archive_index, packs=adapters.packs, cipher=adapters.cipher),
            asking=restoring.Asking(
                index=adapters.archive_index, packs=adapters.packs, waiters=adapters.archive_waiters
            ),
        ),
        telemetry=adapters.telemetry,
        origin_secret=adapters.settings.origin_secret,
    )


def stream(environ: Mapping[str, str]) -> dependencies.StreamWorker:
    """Returns what the stream's function needs."""
    from parley.chat.aws import items
    from parley.chat.effects import settings as effects

    adapters = Adapters(environ, threads=clients.POSTS)
    after_ms = adapters.settings.archive_after_days * DAY_MS
    return dependencies.StreamWorker(
        ports=effects.Ports(
            snapshots=adapters.directory,
            memberships=adapters.directory,
            summaries=adapters.directory,
            media_references=adapters.directory,
            connections=adapters.directory,
            sockets=adapters.sockets,
            devices=adapters.devices,
            push=adapters.push,
            archiving=effects.Archiving(adapters.archive_schedule, after_ms) if after_ms else None,
        ),
        rules=effects.Rules(preview=adapters.settings.preview),
        parallel=Threads(SIDE_BY_SIDE),  # offers wait for the other threads, and could occupy all of them
        entry=items.entry,
        telemetry=adapters.telemetry,
    )


def recorder(environ: Mapping[str, str]) -> dependencies.Recorder:
    """Returns what the function that records for analytics needs."""
    from parley.analytics import recording
    from parley.analytics.aws import streams

    adapters = Adapters(environ)
    return dependencies.Recorder(
        ports=recording.Ports(subjects=adapters.subjects, sink=adapters.sink),
        happenings=streams.happenings,
        telemetry=adapters.telemetry,
        canary=adapters.settings.canary_users,
    )


def canary(environ: Mapping[str, str]) -> dependencies.Canary:
    """Returns what the canary needs. The other functions' packages have no websockets."""
    from parley.canary import exchange
    from parley.canary.aws.sign_ins import CognitoSignIns
    from parley.canary.sockets import WebSocketDialer
    from parley.media.aws import clients as media_clients

    adapters = Adapters(environ)
    settings = adapters.settings
    sign_ins = CognitoSignIns(
        adapters.cognito, media_clients.ssm(), parameter=settings.canary_parameter, app=settings.user_pool_client
    )
    ports = exchange.Ports(sign_ins=sign_ins, dialer=WebSocketDialer(settings.sockets_url))
    return dependencies.Canary(ports=ports, telemetry=adapters.telemetry)


def archiver(environ: Mapping[str, str]) -> dependencies.Archiver:
    """Returns what the function that archives old entries needs."""
    from parley.archive import archiving

    adapters = Adapters(environ)
    return dependencies.Archiver(
        ports=archiving.Ports(
            log=adapters.log,
            old_entries=adapters.log,
            snapshots=adapters.directory,
            schedule=adapters.archive_schedule,
            index=adapters.archive_index,
            packs=adapters.packs,
            cipher=adapters.cipher,
        ),
        rules=archiving.Rules(after_ms=adapters.settings.archive_after_days * DAY_MS),
        telemetry=adapters.telemetry,
    )


def restored(environ: Mapping[str, str]) -> dependencies.Restored:
    """Returns what the function that tells of restored packs needs."""
    from parley.archive import restoring
    from parley.archive.aws.packs import pack_of

    adapters = Adapters(environ, threads=clients.POSTS)
    return dependencies.Restored(
        ports=restoring.Telling(
            waiters=adapters.archive_waiters,
            snapshots=adapters.directory,
            memberships=adapters.directory,
            connections=adapters.directory,
            sockets=adapters.sockets,
            devices=adapters.devices,
            push=adapters.push,
        ),
        bucket=adapters.settings.archive_bucket,
        pack=pack_of,
        telemetry=adapters.telemetry,
    )


def user_pool(environ: Mapping[str, str]) -> dependencies.UserPool:
    """Returns what the function for the user pool's triggers needs."""
    from parley.accounts.aws.roles import CognitoRoles

    adapters = Adapters(environ)
    cognito = adapters.cognito
    return dependencies.UserPool(
        users=adapters.directory, roles=lambda pool: CognitoRoles(cognito, pool), telemetry=adapters.telemetry
    )


def user_migration(environ: Mapping[str, str]) -> dependencies.UserMigration:
    """Returns what the function that lets legacy users in needs. The other functions' packages have no PyMySQL."""
    adapters = Adapters(environ)
    return dependencies.UserMigration(legacy_users=adapters.legacy_users, telemetry=adapters.telemetry)


def uploads(environ: Mapping[str, str]) -> dependencies.Uploads:
    """Returns what the function for uploads other than images needs."""
    return _uploads(environ, None)


def image_uploads(environ: Mapping[str, str]) -> dependencies.Uploads:
    """Returns what the function for uploaded images needs. The other functions' packages do not contain Pillow."""
    from parley.media.pillow import PillowImages

    return _uploads(environ, PillowImages())


def collector(environ: Mapping[str, str]) -> dependencies.Collector:
    """Returns what the collector needs."""
    adapters = Adapters(environ)
    return dependencies.Collector(ports=adapters.collecting, telemetry=adapters.telemetry)


def erasure(environ: Mapping[str, str]) -> dependencies.Erasure:
    """Returns what the erasure needs."""
    from parley.accounts import deletion

    adapters = Adapters(environ)
    ports = deletion.Ports(
        accounts=adapters.accounts,
        conversations=adapters.conversations,
        identities=adapters.identities,
        connections=adapters.directory,
        memberships=adapters.directory,
        devices=adapters.devices,
        push=adapters.push,
        sockets=adapters.sockets,
        uploads=adapters.uploads,
        files=adapters.files,
    )
    return dependencies.Erasure(ports=ports, telemetry=adapters.telemetry)


def exporting(environ: Mapping[str, str]) -> dependencies.Exporting:
    """Returns what the function that makes archives needs."""
    from parley.accounts import exports

    adapters = Adapters(environ)
    ports = exports.Making(
        exports=adapters.exports,
        files=adapters.files,
        identities=adapters.identities,
        connections=adapters.directory,
        memberships=adapters.directory,
        blocks=adapters.directory,
        profiles=adapters.profiles,
        data=adapters.user_data,
        log=adapters.log,
        uploads=adapters.uploads,
    )
    return dependencies.Exporting(ports=ports, telemetry=adapters.telemetry)


def _uploads(environ: Mapping[str, str], images: "media_ports.Images | None") -> dependencies.Uploads:
    from parley.media import media_events, verification

    adapters = Adapters(environ, threads=clients.POSTS)
    _ = adapters.s3  # every event needs the client, so it is made at INIT
    media_news = media_events.Ports(
        snapshots=adapters.directory,
        memberships=adapters.directory,
        connections=adapters.directory,
        sockets=adapters.sockets,
        devices=adapters.devices,
        push=adapters.push,
    )
    return dependencies.Uploads(
        bucket=adapters.settings.media_bucket,
        ports=verification.Ports(
            registry=adapters.registry, objects=adapters.objects, media_news=media_news, images=images
        ),
        telemetry=adapters.telemetry,
    )
