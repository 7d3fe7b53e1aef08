-- How long a consumer who begins a conversation waits for the provider's first message: the response rate, median and
-- 90th percentile in minutes, and how many conversations in each bucket of hours. A percentile is the smallest time
-- within which that share of the answered conversations was answered.
-- Parameters: the first day of arrival to read, the first day, the last day (on which the conversations began).
with recent as (
    select distinct event, kind, day, at_ms, pseudonym, role, conversation, seq, prior, subject, size, detail
    from events
    where arrived >= ?
),
begun as (
    select conversation, min(at_ms) as begun_ms
    from recent
    where kind = 'message' and role = 'consumer' and seq = 1 and day between ? and ?
    group by conversation
),
answered as (
    select begun.conversation, (min(reply.at_ms) - begun.begun_ms) / 60000e0 as minutes
    from begun
    left join recent as reply
        on reply.conversation = begun.conversation
        and reply.kind = 'message'
        and reply.role = 'provider'
        and reply.at_ms >= begun.begun_ms
    group by begun.conversation, begun.begun_ms
),
ranked as (
    select
        minutes,
        row_number() over (order by minutes nulls last) as place,
        count(minutes) over () as of_all
    from answered
)
select
    count(*) as conversations,
    count(minutes) as answered,
    cast(count(minutes) as double) / nullif(count(*), 0) as response_rate,
    min(case when place >= 0.5 * of_all then minutes end) as p50_minutes,
    min(case when place >= 0.9 * of_all then minutes end) as p90_minutes,
    count(case when minutes < 60 then 1 end) as within_1h,
    count(case when minutes >= 60 and minutes < 240 then 1 end) as within_4h,
    count(case when minutes >= 240 and minutes < 480 then 1 end) as within_8h,
    count(case when minutes >= 480 and minutes < 1440 then 1 end) as within_24h,
    count(case when minutes >= 1440 then 1 end) as later,
    count(*) - count(minutes) as unanswered
from ranked
