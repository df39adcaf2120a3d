{# After the run, print what each failed `verify` test found: up to ten rows, which also stay in its
   table. A sentence names the workspace, the day and both figures. #}
{% macro print_failures(results) -%}
    {%- if execute -%}
        {%- for result in results
            if result.node.resource_type == 'test' and 'verify' in result.node.tags
            and result.status in ('fail', 'warn') -%}
            {%- set found = run_query(
                "select message from " ~ result.node.relation_name ~ " order by message limit 10"
            ) -%}
            {%- do print(result.node.name ~ ": " ~ result.failures ~ " found.") -%}
            {%- for row in found.rows -%}
                {%- do print("  " ~ row[0]) -%}
            {%- endfor -%}
            {%- do print("  All of them: " ~ result.node.relation_name) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
