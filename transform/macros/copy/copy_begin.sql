{# Before a copy: check what it needs, and make or complete its table. Nothing is written if
   anything is wrong. Does nothing in other runs of dbt. #}
{% macro copy_begin() -%}
    {%- if execute and var('copy_table', none) is not none -%}
        {%- set source = clockify.copy_source() -%}
        {%- set destination = clockify.copy_destination() -%}
        {%- if source | string == destination | string -%}
            {%- do clockify.copy_refuse(destination ~ " would be copied onto itself.") -%}
        {%- endif -%}
        {%- set found = adapter.get_relation(source.database, source.schema, source.identifier) -%}
        {%- if found is none -%}
            {%- do clockify.copy_refuse("There is no table " ~ source ~ ", or this account may not see it.") -%}
        {%- endif -%}
        {%- set columns = adapter.get_columns_in_relation(found) -%}
        {%- do clockify.copy_check_columns(source, columns) -%}
        {%- do clockify.copy_check_keys(source) -%}
        {%- do clockify.copy_complete(found, destination, columns) -%}
    {%- endif -%}
{%- endmacro %}

{% macro copy_refuse(reason) -%}
    {%- do exceptions.raise_compiler_error(reason ~ " Nothing was copied. See docs/copies.md.") -%}
{%- endmacro %}

{% macro copy_check_columns(source, columns) -%}
    {%- set types = {} -%}
    {%- for column in columns -%}
        {%- do types.update({column.name: clockify.copy_type(column)}) -%}
    {%- endfor -%}
    {%- if not clockify.copy_keys() -%}
        {%- do clockify.copy_refuse("The variable copy_key_columns is missing: name the columns that identify a row.") -%}
    {%- endif -%}
    {%- for name in clockify.copy_keys() -%}
        {%- if name not in types -%}
            {%- do clockify.copy_refuse(source ~ " has no column " ~ name ~ ", which copy_key_columns names.") -%}
        {%- elif modules.re.match('FLOAT64|JSON|GEOGRAPHY|ARRAY|STRUCT|RANGE', types[name]) -%}
            {%- do clockify.copy_refuse("copy_key_columns names " ~ name ~ ", a " ~ types[name] ~ ", whose values cannot identify a row.") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set key = clockify.copy_replication_key() -%}
    {%- if key is not none -%}
        {%- if key not in types -%}
            {%- do clockify.copy_refuse(source ~ " has no column " ~ key ~ ", which copy_replication_key names.") -%}
        {%- elif types[key] not in ['DATE', 'DATETIME', 'TIMESTAMP', 'INT64', 'NUMERIC', 'BIGNUMERIC'] -%}
            {%- do clockify.copy_refuse("copy_replication_key names " ~ key ~ ", a " ~ types[key] ~ ". It must be an instant, a date or a number.") -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro copy_check_keys(source) -%}
    {%- set names -%}
        {%- for name in clockify.copy_keys() -%} `{{ name }}`{{ ", " if not loop.last }} {%- endfor -%}
    {%- endset -%}
    {%- set missing -%}
        {%- for name in clockify.copy_keys() -%} s.`{{ name }}` is null{{ " or " if not loop.last }} {%- endfor -%}
    {%- endset -%}
    {%- set counted = run_query(
        "select countif(" ~ missing ~ ") as missing, count(*) - count(distinct to_json_string(struct(" ~ names
        ~ "))) as doubled from " ~ clockify.copy_source_then("s")
    ).rows[0] -%}
    {%- if counted[0] -%}
        {%- do clockify.copy_refuse(counted[0] ~ " rows of " ~ source ~ " have no value in a key column (" ~ names ~ ").") -%}
    {%- elif counted[1] -%}
        {%- do clockify.copy_refuse(counted[1] ~ " rows of " ~ source ~ " have the key (" ~ names ~ ") of another one. Name more columns.") -%}
    {%- endif -%}
{%- endmacro %}

{# The copy has the source's types, partitions and descriptions from the beginning. Later columns are
   added; those that the source has no more stay, and become null in rows that change. #}
{% macro copy_complete(source, destination, columns) -%}
    {%- set found = adapter.get_relation(destination.database, destination.schema, destination.identifier) -%}
    {%- if found is none -%}
        {%- if source.is_table -%}
            {%- do run_query("create table " ~ destination ~ " like " ~ source) -%}
        {%- else -%}
            {%- do run_query("create table " ~ destination ~ " as select * from " ~ source ~ " limit 0") -%}
        {%- endif -%}
        {%- do adapter.cache_added(destination) -%}
    {%- else -%}
        {%- set there = {} -%}
        {%- for column in adapter.get_columns_in_relation(found) -%}
            {%- do there.update({column.name | lower: clockify.copy_type(column)}) -%}
        {%- endfor -%}
        {%- for column in columns -%}
            {%- set type = there.get(column.name | lower) -%}
            {%- if type is not none and type != clockify.copy_type(column) -%}
                {%- do clockify.copy_refuse("The column " ~ column.name ~ " is " ~ clockify.copy_type(column) ~ " in " ~ source
                    ~ " and " ~ type ~ " in " ~ destination ~ ". Rename or drop the copy; the next run makes it again.") -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for column in columns if column.name | lower not in there -%}
            {%- do run_query("alter table " ~ destination ~ " add column `" ~ column.name ~ "` " ~ clockify.copy_type(column)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
