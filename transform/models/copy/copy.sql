{# The copy of one table, as docs/copies.md describes it: off unless the variables name a table. #}
{{ config(
    enabled = var('copy_table', none) is not none,
    materialized = 'incremental',
    incremental_strategy = 'merge',
    unique_key = clockify.copy_keys(),
    database = var('copy_destination_project', none),
    schema = var('copy_destination_dataset', none),
    alias = var('copy_table', none),
    on_schema_change = 'ignore',
    full_refresh = false,
    persist_docs = {'relation': false, 'columns': false},
    post_hook = ["{{ clockify.copy_delete() }}", "{{ clockify.copy_prove() }}"]
) }}
{{ clockify.copy_select() }}
