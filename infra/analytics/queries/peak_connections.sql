-- The most sockets that were open at once, by the day. A socket whose end was not seen counts for two hours, the longest
-- that API Gateway keeps one. Sockets that were opened on the day before count as well.
-- Parameters: the first day of arrival to read (a day before the first day), the first day, the last day.
with recent as (
    select distinct event, kind, day, at_ms, pseudonym, role, conversation, seq, prior, subject, size, detail
    from events
    where arrived >= ?
),
opened as (
    select subject, min(at_ms) as from_ms
    from recent
    where kind = 'connected'
    group by subject
),
closed as (
    select subject, min(at_ms) as until_ms
    from recent
    where kind = 'disconnected'
    group by subject
),
sockets as (
    select
        opened.from_ms,
        least(coalesce(closed.until_ms, opened.from_ms + 7200000), opened.from_ms + 7200000) as until_ms
    from opened
    left join closed on closed.subject = opened.subject
),
steps as (
    select from_ms as at_ms, 1 as step from sockets
    union all
    select until_ms as at_ms, -1 as step from sockets
),
levels as (
    select
        at_ms,
        sum(step) over (order by at_ms, step rows between unbounded preceding and current row) as connections
    from steps
),
by_day as (
    select
        cast(
            cast(timestamp '1970-01-01 00:00:00' + interval '1' second * cast(floor(at_ms / 1000e0) as bigint) as date)
            as varchar
        ) as day,
        connections
    from levels
)
select day, max(connections) as peak
from by_day
where day between ? and ?
group by day
order by day
