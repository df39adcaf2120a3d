{# The rows that the MERGE takes: with a replication key, those from the newest one of the copy on;
   without, those that differ. #}
{% macro copy_select() -%}
    {%- if not execute or var('copy_table', none) is none -%}
        select 1 as nothing
    {%- elif this | string != clockify.copy_destination() | string -%}
        {%- do clockify.copy_refuse("This project names datasets its own way, so dbt would copy into " ~ this
            ~ ". Call the copy in the package's own project.") -%}
    {%- else -%}
        {%- set newest = clockify.copy_newest() -%}
        select {{ clockify.copy_columns("s") }}
        from {{ clockify.copy_source_then("s") }}
        where {% if newest -%}
            s.`{{ clockify.copy_replication_key() }}` >= {{ newest }}
            or s.`{{ clockify.copy_replication_key() }}` is null
        {%- else -%}
            {{ clockify.copy_differs() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The newest replication key of the copy as a constant, since BigQuery skips partitions for nothing
   else; none if there is no key, no row yet, or a full refresh is asked for. #}
{% macro copy_newest() -%}
    {%- set key = clockify.copy_replication_key() -%}
    {%- if key is none or flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set value = run_query("select cast(max(`" ~ key ~ "`) as string) from " ~ clockify.copy_destination()).rows[0][0] -%}
    {%- if value is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- for column in adapter.get_columns_in_relation(clockify.copy_source()) if column.name == key -%}
        {{ return("cast('" ~ value ~ "' as " ~ clockify.copy_type(column) ~ ")") }}
    {%- endfor -%}
{%- endmacro %}

{# All columns of the copy; null for those that the source has no more. #}
{% macro copy_columns(alias) -%}
    {%- set names = adapter.get_columns_in_relation(clockify.copy_source()) | map(attribute='name') | map('lower') | list -%}
    {%- for column in adapter.get_columns_in_relation(clockify.copy_destination()) -%}
        {%- if column.name | lower in names -%}
            {{ alias }}.`{{ column.name }}`
        {%- else -%}
            cast(null as {{ clockify.copy_type(column) }}) as `{{ column.name }}`
        {%- endif -%}
        {{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro copy_differs() -%}
    not exists (
        select 1 from {{ clockify.copy_destination() }} as d
        where {{ clockify.copy_same_key("d", "s") }}
            and {{ clockify.copy_row("d") }} = {{ clockify.copy_row("s") }}
    )
{%- endmacro %}

{# After the MERGE: what is gone from the source goes from the copy. Only keys are read. #}
{% macro copy_delete() -%}
    {#- dbt also renders hooks while it parses, and those of models that are off. -#}
    {%- if not execute or var('copy_table', none) is none -%}
        select 1
    {%- else -%}
        delete from {{ clockify.copy_destination() }} as d
        where not exists (
            select 1 from {{ clockify.copy_source_then("s") }} where {{ clockify.copy_same_key("d", "s") }}
        )
    {%- endif -%}
{%- endmacro %}

{# At last: compare all rows. If the replication key missed a change, the rows that differ are copied
   without it, and compared again. #}
{% macro copy_prove() -%}
    {%- if execute and var('copy_proof', true) and clockify.copy_unequal() -%}
        {%- if clockify.copy_replication_key() is not none -%}
            {%- do print("Rows changed without a newer " ~ clockify.copy_replication_key()
                ~ "; they are copied without it.") -%}
            {%- do run_query(clockify.copy_repair()) -%}
        {%- endif -%}
        {%- set unequal = clockify.copy_unequal() -%}
        {%- if unequal -%}
            {%- do exceptions.raise_compiler_error(
                unequal ~ " rows of " ~ clockify.copy_destination() ~ " do not equal " ~ clockify.copy_source()
                ~ ". If the source is a view, it may have changed meanwhile: run the copy again."
            ) -%}
        {%- endif -%}
    {%- endif -%}
    select 1
{%- endmacro %}

{% macro copy_unequal() -%}
    {%- set key = clockify.copy_keys()[0] -%}
    {{ return(run_query(
        "select count(*) from " ~ clockify.copy_source_then("s") ~ " full outer join "
        ~ clockify.copy_destination() ~ " as d on " ~ clockify.copy_same_key("d", "s")
        ~ " where s.`" ~ key ~ "` is null or d.`" ~ key ~ "` is null or "
        ~ clockify.copy_row("d") ~ " != " ~ clockify.copy_row("s")
    ).rows[0][0]) }}
{%- endmacro %}

{% macro copy_repair() -%}
    {%- set columns = adapter.get_columns_in_relation(clockify.copy_destination()) | map(attribute='name') | list -%}
    merge into {{ clockify.copy_destination() }} as d
    using (
        select {{ clockify.copy_columns("s") }}
        from {{ clockify.copy_source_then("s") }}
        where {{ clockify.copy_differs() }}
    ) as s
    on {{ clockify.copy_same_key("d", "s") }}
    when matched then update set
        {% for name in columns -%} `{{ name }}` = s.`{{ name }}`{{ ", " if not loop.last }} {%- endfor %}
    when not matched then insert
        ({% for name in columns -%} `{{ name }}`{{ ", " if not loop.last }} {%- endfor %})
        values ({% for name in columns -%} s.`{{ name }}`{{ ", " if not loop.last }} {%- endfor %})
{%- endmacro %}
