-- Messages by the hour of the day (UTC) and the day of the week (1 is Monday, as was 1 January 2024).
-- Parameters: the first day of arrival to read, the first day, the last day.
with sent as (
    select distinct
        event,
        date_diff('day', date '2024-01-01', cast(day as date)) % 7 + 1 as weekday,
        cast(floor((at_ms % 86400000) / 3600000e0) as bigint) as hour
    from events
    where arrived >= ? and kind = 'message' and day between ? and ?
)
select weekday, hour, count(*) as messages
from sent
group by weekday, hour
order by weekday, hour
