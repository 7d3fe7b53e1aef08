-- Daily active users, those of the 30 days up to and including each day, and the ratio of the two (stickiness).
-- Whoever opens a socket, writes or reads is active. Days without anyone are left out.
-- Parameters: the first day of arrival to read (30 days before the first day), the first day, the last day.
with activity as (
    select distinct pseudonym, cast(day as date) as active_day
    from events
    where arrived >= ? and kind in ('connected', 'message', 'read')
),
days as (
    select active_day as this_day, count(*) as dau
    from activity
    group by active_day
)
select
    days.this_day as day,
    days.dau,
    count(distinct activity.pseudonym) as mau,
    cast(days.dau as double) / count(distinct activity.pseudonym) as stickiness
from days
inner join activity
    on activity.active_day between cast(days.this_day - interval '29' day as date) and days.this_day
where cast(days.this_day as varchar) between ? and ?
group by days.this_day, days.dau
order by days.this_day
