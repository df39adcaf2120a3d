{# The copy of one table, as docs/copies.md describes it: off unless the variables name a table. #}
{{ config(
    enabled = var('copy_table', none) is not none,
    materialized = 'incremental',
    incremental_strategy = 'merge',
    unique_key = clockify.copy_keys(),
    database = clockify.copy_destination().database if var('copy_table', none) is not none else none,
    schema = clockify.copy_destination().schema if var('copy_table', none) is not none else none,
    alias = clockify.copy_destination().identifier if var('copy_table', none) is not none else none,
    on_schema_change = 'ignore',
    full_refresh = false,
    persist_docs = {'relation': false, 'columns': false},
    post_hook = ["{{ clockify.copy_delete() }}", "{{ clockify.copy_prove() }}"]
) }}
{{ clockify.copy_select() }}
