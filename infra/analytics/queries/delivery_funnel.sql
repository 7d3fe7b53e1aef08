-- Messages that were sent, and how many of them the recipient's devices confirmed and the recipient read.
-- A mark confirms everything from the one before it up to itself; reading implies delivery.
-- Parameters: the first day of arrival to read, the first day, the last day (on which the messages were sent).
with recent as (
    select distinct event, kind, day, at_ms, pseudonym, role, conversation, seq, prior, subject, size, detail
    from events
    where arrived >= ?
),
sent as (
    select distinct conversation, seq, pseudonym
    from recent
    where kind = 'message' and day between ? and ?
),
marks as (
    select distinct conversation, kind, prior, seq, pseudonym
    from recent
    where kind in ('delivered', 'read')
),
reached as (
    select
        sent.conversation,
        sent.seq,
        max(case when marks.kind is not null then 1 else 0 end) as delivered,
        max(case when marks.kind = 'read' then 1 else 0 end) as was_read
    from sent
    left join marks
        on marks.conversation = sent.conversation
        and marks.pseudonym <> sent.pseudonym
        and sent.seq > marks.prior
        and sent.seq <= marks.seq
    group by sent.conversation, sent.seq
)
select count(*) as sent, sum(delivered) as delivered, sum(was_read) as was_read
from reached
