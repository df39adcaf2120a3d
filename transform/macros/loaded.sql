{# The table of a stream, or no rows with its columns if the stream was never loaded: a workspace
   whose plan lacks the stream still builds. Types and names are those of _sources.yml. #}
{% macro loaded(stream, service='clockify') -%}
    {%- set relation = source(service, stream) -%}
    {%- if not execute or load_relation(relation) is not none -%}
        {{ relation }}
    {%- else -%}
        {%- do print(stream ~ " was never loaded: what is built on it is empty.") -%}
        {%- set key = 'source.clockify.' ~ service ~ '.' ~ stream -%}
        (select
        {%- for column in graph.sources[key].columns.values() %}
            cast(null as {{ column.data_type }}) as `{{ column.name }}`{{ "," if not loop.last }}
        {%- endfor %}
        from unnest(cast([] as array<int64>)))
    {%- endif -%}
{%- endmacro %}
