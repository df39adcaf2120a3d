{# Rows for each group whose sums differ between two relations, by more than a millionth of an hour or
   half a hundredth of money. Each side is a relation, the columns of its groups and its measures. #}
{% macro same_sums(left_side, right_side) %}
{%- set measures = left_side[2] | length %}
{%- set keys = left_side[1] | length %}
with both_sides as (
    {%- for relation, groups, columns in [left_side, right_side] %}
    select
        {%- set side = loop.index %}
        {%- for column in groups %}
        cast({{ column }} as string) as key_{{ loop.index }},
        {%- endfor %}
        {%- for column in columns %}
        {{ 'coalesce(' ~ column ~ ', 0)' if side == 1 else '-coalesce(' ~ column ~ ', 0)' }}
            as measure_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }} as side_{{ side }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {%- for n in range(1, keys + 1) %}
    key_{{ n }},
    {%- endfor %}
    {%- for n in range(1, measures + 1) %}
    sum(measure_{{ n }}) as difference_{{ n }}{{ ',' if not loop.last }}
    {%- endfor %}
from both_sides
group by {% for n in range(1, keys + 1) %}key_{{ n }}{{ ', ' if not loop.last }}{% endfor %}
having
    {%- for n in range(1, measures + 1) %}
    {{ 'or ' if not loop.first }}abs(sum(measure_{{ n }})) > 0.005
    {%- endfor %}
{% endmacro %}
