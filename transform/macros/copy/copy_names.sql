{# What the variables of a copy say. Names go into SQL, so each is checked here. The model's own
   configuration takes them from here, too, since dbt makes the destination's dataset first. #}
{% macro copy_name(variable, pattern) -%}
    {%- set value = var(variable, none) -%}
    {%- if value is none or not modules.re.fullmatch(pattern, value | string) -%}
        {%- do exceptions.raise_compiler_error(
            "The variable " ~ variable ~ " is " ~ ("missing" if value is none else "no valid name")
            ~ ". docs/copies.md lists the variables of a copy."
        ) -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}

{# The columns that identify a row, from a list or from a text with commas. #}
{% macro copy_keys() -%}
    {%- set told = var('copy_key_columns', none) or [] -%}
    {%- set keys = [] -%}
    {%- for name in (told.split(',') if told is string else told) if name | trim -%}
        {%- do keys.append(name | trim) -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}

{# The replication key; none if there is none, or an empty text in its place. #}
{% macro copy_replication_key() -%}
    {{ return(var('copy_replication_key', none) or none) }}
{%- endmacro %}

{% macro copy_source() -%}
    {{ return(api.Relation.create(
        database=clockify.copy_name('copy_source_project', '[a-z0-9][a-z0-9.:-]*'),
        schema=clockify.copy_name('copy_source_dataset', '[A-Za-z0-9_]+'),
        identifier=clockify.copy_name('copy_table', '[\\w-]+')
    )) }}
{%- endmacro %}

{% macro copy_destination() -%}
    {{ return(api.Relation.create(
        database=clockify.copy_name('copy_destination_project', '[a-z0-9][a-z0-9.:-]*'),
        schema=clockify.copy_name('copy_destination_dataset', '[A-Za-z0-9_]+'),
        identifier=clockify.copy_name('copy_table', '[\\w-]+'),
        type='table'
    )) }}
{%- endmacro %}

{# The source as it was when the run began, so that all statements see the same rows. A view has no
   past. #}
{% macro copy_source_then(alias) -%}
    {%- set source = clockify.copy_source() -%}
    {%- set found = adapter.get_relation(source.database, source.schema, source.identifier) -%}
    {{ source }} as {{ alias }}
    {%- if found is not none and found.is_table %} for system_time as of
        timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}+00'
    {%- endif -%}
{%- endmacro %}

{% macro copy_same_key(one, other) -%}
    {%- for name in clockify.copy_keys() -%}
        {{ one }}.`{{ name }}` = {{ other }}.`{{ name }}`{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# A row as text: every type has one, arrays, structs and NaN included, and all digits count. #}
{% macro copy_row(alias) -%}
    {%- set columns = adapter.get_columns_in_relation(clockify.copy_source()) -%}
    to_json_string(struct(
    {%- for column in columns -%}
        {{ alias }}.`{{ column.name }}` as `{{ column.name }}`{{ ", " if not loop.last }}
    {%- endfor -%}
    ))
{%- endmacro %}

{# A column's type by its name in SQL: BigQuery's API has older names for some. #}
{% macro copy_type(column) -%}
    {%- set found = namespace(type=column.data_type | upper) -%}
    {%- for old, new in [('BOOLEAN', 'BOOL'), ('INTEGER', 'INT64'), ('FLOAT', 'FLOAT64'), ('RECORD', 'STRUCT')] -%}
        {%- set found.type = modules.re.sub('\\b' ~ old ~ '\\b', new, found.type) -%}
    {%- endfor -%}
    {{ return(found.type) }}
{%- endmacro %}
