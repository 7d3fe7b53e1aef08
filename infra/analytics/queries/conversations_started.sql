-- Conversations that began on each day, by who began them.
-- Parameters: the first day of arrival to read, the first day, the last day.
select
    day,
    count(distinct event) as conversations,
    count(distinct case when role = 'consumer' then event end) as by_consumers,
    count(distinct case when role = 'provider' then event end) as by_providers
from events
where arrived >= ? and kind = 'started' and day between ? and ?
group by day
order by day
