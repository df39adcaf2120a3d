{# After the run, print one line that says what was built and proved. dbt prints it even with --quiet. #}
{% macro print_summary(results) -%}
    {%- if execute and results -%}
        {%- set passed = ('pass', 'warn', 'success') -%}
        {%- set counts = namespace(models=0, built=0, tests=0, passed=0, proofs=0, proved=0) -%}
        {%- for result in results -%}
            {%- set is_good = 1 if result.status in passed else 0 -%}
            {%- if result.node.resource_type == 'model' -%}
                {%- set counts.models = counts.models + 1 -%}
                {%- set counts.built = counts.built + is_good -%}
            {%- elif 'verify' in result.node.tags -%}
                {%- set counts.proofs = counts.proofs + 1 -%}
                {%- set counts.proved = counts.proved + is_good -%}
            {%- elif result.node.resource_type in ('test', 'unit_test') -%}
                {%- set counts.tests = counts.tests + 1 -%}
                {%- set counts.passed = counts.passed + is_good -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set now = modules.datetime.datetime.now(modules.pytz.utc) -%}
        {%- set seconds = (now - run_started_at).total_seconds() | round | int -%}
        {%- set said = [] -%}
        {%- if counts.proofs -%}
            {%- do said.append(
                counts.proved ~ " of " ~ counts.proofs ~ " proofs that the tables equal Clockify passed"
            ) -%}
        {%- endif -%}
        {%- if counts.models -%}
            {%- do said.append(counts.built ~ " of " ~ counts.models ~ " models built") -%}
        {%- endif -%}
        {%- if counts.tests -%}
            {%- do said.append(counts.passed ~ " of " ~ counts.tests ~ " tests passed") -%}
        {%- endif -%}
        {%- if said -%}
            {%- do print((said | join(", ")) ~ " in " ~ seconds ~ " s.") -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
