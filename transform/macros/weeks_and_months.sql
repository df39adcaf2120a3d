{# The Monday of a date's week. The cast is for the local BigQuery, whose DATE_TRUNC of a column is
   a DATETIME. #}
{% macro week_of(date) -%}
    cast(date_trunc({{ date }}, week(monday)) as date)
{%- endmacro %}

{# The first day of a date's month. #}
{% macro month_of(date) -%}
    cast(date_trunc({{ date }}, month) as date)
{%- endmacro %}

{# The weekday of a date as Clockify writes it: SUNDAY to SATURDAY. Not UPPER(FORMAT_DATE('%A', …)),
   which is slow in the local BigQuery. #}
{% macro weekday_of(date) -%}
    case extract(dayofweek from {{ date }})
        when 1 then 'SUNDAY'
        when 2 then 'MONDAY'
        when 3 then 'TUESDAY'
        when 4 then 'WEDNESDAY'
        when 5 then 'THURSDAY'
        when 6 then 'FRIDAY'
        else 'SATURDAY'
    end
{%- endmacro %}
