{# The zone in which a period's instants are days: see int_clockify__time_off. #}
{% macro zone_of_period(starts_at, zone) -%}
    if(timestamp_trunc({{ starts_at }}, day) = {{ starts_at }}, 'UTC', {{ zone }})
{%- endmacro %}
