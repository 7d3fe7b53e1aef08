-- Active users of each week (from Monday, UTC): those who joined in it, and those who had joined before.
-- Parameters: the first day of arrival to read, the first day, the last day.
with activity as (
    select
        pseudonym,
        cast(date_trunc('week', cast(day as date)) as date) as active_week,
        max(case when kind = 'joined' then 1 else 0 end) as is_new
    from events
    where arrived >= ? and kind in ('joined', 'connected', 'message', 'read') and day between ? and ?
    group by 1, 2
)
select
    active_week as week,
    sum(is_new) as new_users,
    sum(1 - is_new) as returning_users
from activity
group by active_week
order by active_week
