{# The last run of each workspace that read a stream, by what the tap wrote to sync_runs. #}
{% macro last_runs(stream) -%}
    (
        select *
        from {{ clockify.loaded('sync_runs') }} as runs
        where
            stream = '{{ stream }}'
            and coalesce(status, 'succeeded') = 'succeeded'
            and workspace_id not in unnest({{ clockify.former_workspaces() }})
        qualify row_number() over (
            partition by workspace_id order by started_at desc, run_id desc
        ) = 1
    )
{%- endmacro %}

{# Workspaces that are no longer extracted, whose rows stay as they were. #}
{% macro former_workspaces() -%}
    cast([{% for id in var('clockify__former_workspaces', []) %}'{{ id }}'{{ ',' if not loop.last }}{% endfor %}]
    as array<string>)
{%- endmacro %}

{# A number as text in a message. #}
{% macro figure(number) -%}
    coalesce(cast(round({{ number }}, 4) as string), 'nothing')
{%- endmacro %}

{# The streams whose tables exist, of those in _sources.yml. #}
{% macro loaded_streams(only_whole=false) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values()
            if node.package_name == 'clockify' and node.source_name == 'clockify'
            and (node.config.meta.is_read_whole or not only_whole) -%}
            {%- set relation = api.Relation.create(
                database=node.database, schema=node.schema, identifier=node.identifier
            ) -%}
            {%- if load_relation(relation) is not none -%}
                {%- do found.append({'name': node.name, 'relation': relation, 'key': node.config.meta.key,
                    'workspace': 'workspace_id' if 'workspace_id' in node.columns else 'workspaceId'}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# The rows of a `verify` test about the totals of a table in the window of the last run. #}
{% macro table_equals_clockify(stream, hours, amount) %}
with runs as (
    select * from {{ clockify.last_runs(stream) }} as last_runs
),

loaded as (
    select
        runs.workspace_id,
        sum(loaded.{{ hours }}) as hours,
        sum(loaded.{{ amount }}) as amount,
        -- Clockify rounds some of its amounts of a day and person to a hundredth, as the tap allows.
        0.005 + 0.01 * count(distinct concat(cast(loaded.date as string), loaded.user_id)) as tolerance
    from runs
    inner join {{ clockify.loaded(stream) }} as loaded
        on loaded.workspace_id = runs.workspace_id
        and loaded.date between runs.window_first and runs.window_last
    group by runs.workspace_id
),

compared as (
    select
        runs.workspace_id,
        runs.run_id,
        runs.window_first,
        runs.window_last,
        runs.clockify_hours,
        coalesce(loaded.hours, 0.0) as hours_in_table,
        runs.clockify_amount,
        coalesce(loaded.amount, 0.0) as amount_in_table,
        coalesce(loaded.tolerance, 0.005) as tolerance
    from runs
    left join loaded on loaded.workspace_id = runs.workspace_id
)

select
    *,
    concat(
        'Workspace ', workspace_id, ', ', cast(window_first as string), ' to ',
        cast(window_last as string),
        if(
            clockify_hours is null or clockify_amount is null,
            ': the run did not ask Clockify for its totals. Set verify_totals to warn or fail.',
            concat(
                ': Clockify said ', {{ clockify.figure('clockify_hours') }},
                ' hours, {{ stream }} has ', {{ clockify.figure('hours_in_table') }},
                '; Clockify said an amount of ', {{ clockify.figure('clockify_amount') }},
                ', {{ stream }} has ', {{ clockify.figure('amount_in_table') }}, '.'
            )
        )
    ) as message
from compared
-- A null must not pass: nothing is equal to it.
where not coalesce(
    abs(clockify_hours - hours_in_table) <= 1e-6
    and abs(clockify_amount - amount_in_table) <= tolerance,
    false
)
{% endmacro %}
