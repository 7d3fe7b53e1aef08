-- Verified uploads a day by sort, and their size.
-- Parameters: the first day of arrival to read, the first day, the last day.
with uploads as (
    select distinct event, day, detail, size
    from events
    where arrived >= ? and kind = 'media' and day between ? and ?
)
select day, detail as sort, count(*) as files, sum(size) as bytes
from uploads
group by day, detail
order by day, detail
