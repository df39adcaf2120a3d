{# First day of the period in which an estimate that starts anew counts; null if it never does.
   A reset day beyond the end of a month is the month's last day. #}
{% macro period_start(reset, today, weekday, day, month) -%}
    case {{ reset }}
        when 'WEEKLY' then
            date_sub(
                {{ today }},
                interval mod(
                    extract(dayofweek from {{ today }}) + 7 - (
                        case coalesce({{ weekday }}, 'MONDAY')
                            when 'SUNDAY' then 1
                            when 'MONDAY' then 2
                            when 'TUESDAY' then 3
                            when 'WEDNESDAY' then 4
                            when 'THURSDAY' then 5
                            when 'FRIDAY' then 6
                            else 7
                        end
                    ),
                    7
                ) day
            )
        when 'MONTHLY' then
            if(
                {{ day_of_month(today, day) }} <= {{ today }},
                {{ day_of_month(today, day) }},
                {{ day_of_month('date_sub(' ~ today ~ ', interval 1 month)', day) }}
            )
        when 'YEARLY' then
            if(
                {{ day_of_year(today, month, day) }} <= {{ today }},
                {{ day_of_year(today, month, day) }},
                {{ day_of_year('date_sub(' ~ today ~ ', interval 1 year)', month, day) }}
            )
    end
{%- endmacro %}

{# First day of the period after the one that begins on `start`; null if there is none. #}
{% macro next_period_start(reset, start, day, month) -%}
    case {{ reset }}
        when 'WEEKLY' then date_add({{ start }}, interval 7 day)
        when 'MONTHLY' then
            {{ clockify.day_of_month('date_add(' ~ start ~ ', interval 1 month)', day) }}
        when 'YEARLY' then
            {{ clockify.day_of_year('date_add(' ~ start ~ ', interval 1 year)', month, day) }}
    end
{%- endmacro %}

{# Whether a date is in a period, whose first day is null if it has neither start nor end. #}
{% macro is_within(date, start, following) -%}
    ({{ start }} is null or ({{ date }} >= {{ start }} and {{ date }} < {{ following }}))
{%- endmacro %}

{% macro day_of_month(date, day) -%}
    least(
        date_add(
            {{ clockify.month_of(date) }},
            interval cast(greatest(coalesce({{ day }}, 1), 1) - 1 as int64) day
        ),
        last_day({{ date }})
    )
{%- endmacro %}

{% macro day_of_year(date, month, day) -%}
    {%- set names = ['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE', 'JULY', 'AUGUST',
                     'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'] -%}
    {%- set first -%}
        date(
            extract(year from {{ date }}),
            case coalesce({{ month }}, 'JANUARY')
            {%- for name in names %}
                when '{{ name }}' then {{ loop.index }}
            {%- endfor %}
                else 1
            end,
            1
        )
    {%- endset -%}
    {{ day_of_month(first, day) }}
{%- endmacro %}
