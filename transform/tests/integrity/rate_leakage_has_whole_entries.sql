-- Each row repeats the hours of its entry.
select leakage.*
from {{ ref('clockify__rate_leakage') }} as leakage
left join {{ ref('clockify__time_entries') }} as entries
    on entries.time_entry_id = leakage.time_entry_id
where entries.time_entry_id is null or entries.hours != leakage.hours
