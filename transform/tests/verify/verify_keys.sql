-- No key is null, and none is there twice, in any table that the marts read.
{% for loaded in clockify.loaded_streams() %}
{{ 'union all' if not loop.first }}
select
    '{{ loaded.name }}' as stream,
    {% set key -%}
        concat({% for column in loaded.key %}'{{ ", " if not loop.first }}{{ column }} ', coalesce(cast({{ column }} as string), 'null'){{ ', ' if not loop.last }}{% endfor %})
    {%- endset %}
    {{ key }} as key,
    count(*) as rows_found,
    concat(
        '{{ loaded.name }}: ', cast(count(*) as string), ' rows with ', {{ key }},
        '. A key is never null, and is there once.'
    ) as message
from {{ loaded.relation }}
group by {{ loaded.key | join(', ') }}
having
    count(*) > 1
    {% for column in loaded.key -%} or {{ column }} is null {% endfor %}
{% else %}
select cast(null as string) as message from unnest(cast([] as array<int64>))
{% endfor %}
-- depends_on: {{ source('clockify', 'sync_runs') }}
