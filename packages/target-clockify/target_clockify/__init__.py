"""A Singer target: the time of one Clockify workspace equals a selection of another's."""
