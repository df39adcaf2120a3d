{# Datasets are called as the project says, without the profile's in front: `clockify_marts`, from
   wherever the package is run. A project that defines this macro itself decides for its own. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
