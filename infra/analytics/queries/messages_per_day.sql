-- Messages a day, those with media among them, and how many users wrote them.
-- Parameters: the first day of arrival to read, the first day, the last day.
select
    day,
    count(distinct event) as messages,
    count(distinct case when detail = 'media' then event end) as with_media,
    count(distinct pseudonym) as senders
from events
where arrived >= ? and kind = 'message' and day between ? and ?
group by day
order by day
