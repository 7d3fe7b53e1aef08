-- Pushes a day: bursts of messages about which a recipient was sent a push, on one device or several.
-- Whether a push was opened is not recorded: no app says so.
-- Parameters: the first day of arrival to read, the first day, the last day.
select
    day,
    count(distinct event) as pushes,
    count(distinct pseudonym) as recipients
from events
where arrived >= ? and kind = 'pushed' and day between ? and ?
group by day
order by day
