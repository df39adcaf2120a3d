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
            {%- do log(result.node.name ~ ": " ~ result.failures ~ " found.", info=true) -%}
            {%- for row in found.rows -%}
                {%- do log("  " ~ row[0], info=true) -%}
            {%- endfor -%}
            {%- do log("  All of them: " ~ result.node.relation_name, info=true) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
