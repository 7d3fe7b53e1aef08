-- New users by the week (from Monday, UTC) in which they joined, and how many of them were active in each week since.
-- Users who joined before recording began, or before what is read, are in no cohort.
-- Parameters: the first day of arrival to read, the first day on which to have joined, the last day.
with recent as (
    select distinct event, kind, day, at_ms, pseudonym, role, conversation, seq, prior, subject, size, detail
    from events
    where arrived >= ?
),
joined as (
    select pseudonym, cast(date_trunc('week', min(cast(day as date))) as date) as cohort
    from recent
    where kind = 'joined' and day >= ?
    group by pseudonym
),
activity as (
    select distinct pseudonym, cast(date_trunc('week', cast(day as date)) as date) as active_week
    from recent
    where kind in ('joined', 'connected', 'message', 'read') and day <= ?
),
sizes as (
    select cohort, count(*) as new_users
    from joined
    group by cohort
)
select
    joined.cohort as week,
    sizes.new_users,
    cast(date_diff('day', joined.cohort, activity.active_week) / 7 as integer) as weeks_later,
    count(*) as active
from joined
inner join sizes on sizes.cohort = joined.cohort
inner join activity on activity.pseudonym = joined.pseudonym and activity.active_week >= joined.cohort
group by 1, 2, 3
order by 1, 3
