"""The settings of the target."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

BATCH_ROWS = 1_000_000

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "project", th.StringType, required=True, description="Google Cloud project to load into."
    ),
    th.Property(
        "dataset",
        th.StringType,
        required=True,
        description="Dataset to load into; it is created if it does not exist.",
    ),
    th.Property(
        "location",
        th.StringType,
        description=(
            "Location of the dataset, such as EU or europe-west3. Default: where the dataset is;"
            " a new one is created in BigQuery's own default, US."
        ),
    ),
    th.Property(
        "credentials_path",
        th.StringType,
        description="Path of a key file. Default: the machine's own credentials.",
    ),
    th.Property(
        "credentials_json",
        th.StringType,
        secret=True,
        description="The content of a key file, instead of its path.",
    ),
    th.Property(
        "tables",
        th.ObjectType(
            additional_properties=th.ObjectType(
                th.Property("partition", th.StringType),
                th.Property(
                    "granularity",
                    th.StringType,
                    allowed_values=["hour", "day", "month", "year"],
                ),
                th.Property("cluster", th.ArrayType(th.StringType)),
                additional_properties=False,
            )
        ),
        description=(
            "Layout of tables that the target creates, by stream: the column to partition by, the"
            " granularity (hour, day, month or year; default day), and up to four columns to"
            " cluster by."
        ),
    ),
    th.Property(
        "hard_delete",
        th.BooleanType,
        default=False,
        description="Delete rows that carry _sdc_deleted_at, once they are merged.",
    ),
    th.Property(
        "add_record_metadata",
        th.BooleanType,
        default=True,
        description="Add Singer's metadata columns (_sdc_extracted_at and others).",
    ),
    th.Property(
        "batch_size_rows",
        th.IntegerType(minimum=1),
        default=BATCH_ROWS,
        description=(
            "Rows of a stream that are loaded at once. Each load merges into the whole table, so"
            " more rows are cheaper."
        ),
    ),
).to_dict()
