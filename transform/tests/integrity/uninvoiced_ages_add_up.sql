select *
from {{ ref('clockify__uninvoiced') }}
where abs(amount - amount_0_30 - amount_31_60 - amount_61_90 - amount_over_90) > 0.005
