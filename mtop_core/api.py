"""All that a plugin may import; each name is loaded when it is asked for, so that cold files stay cold."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtop_core.access import Access as Access
    from mtop_core.access import reads as reads
    from mtop_core.app import App as App
    from mtop_core.app import pass_app as pass_app
    from mtop_core.choosing import models_named as models_named
    from mtop_core.choosing import named_objects as named_objects
    from mtop_core.command import MtopCommand as MtopCommand
    from mtop_core.command import command as command
    from mtop_core.command import is_world as is_world
    from mtop_core.costs import Cost as Cost
    from mtop_core.costs import Usage as Usage
    from mtop_core.costs import usage_of as usage_of
    from mtop_core.data import data_folder as data_folder
    from mtop_core.diagnosis import Diagnosis as Diagnosis
    from mtop_core.diagnosis import Evidence as Evidence
    from mtop_core.diagnosis import Finding as Finding
    from mtop_core.diagnosis import as_row
    from mtop_core.diagnosis import diagnose as diagnose
    from mtop_core.diagnosis import needed_kinds as needed_kinds
    from mtop_core.errors import ConfigError as ConfigError
    from mtop_core.errors import ConflictError as ConflictError
    from mtop_core.errors import DataError as DataError
    from mtop_core.errors import InvalidObjectError as InvalidObjectError
    from mtop_core.errors import MtopError as MtopError
    from mtop_core.errors import NotFoundError as NotFoundError
    from mtop_core.errors import PluginError as PluginError
    from mtop_core.errors import SourceError as SourceError
    from mtop_core.errors import UsageError as UsageError
    from mtop_core.hookspecs import hookimpl as hookimpl
    from mtop_core.inventory import Gap as Gap
    from mtop_core.inventory import Inventory as Inventory
    from mtop_core.notices import Message as Message
    from mtop_core.objects import kinds as kinds
    from mtop_core.objects.access import ShapeError as ShapeError
    from mtop_core.objects.access import dig as dig
    from mtop_core.objects.access import items as items
    from mtop_core.objects.access import mapping as mapping
    from mtop_core.objects.access import number as number
    from mtop_core.objects.access import spelled as spelled
    from mtop_core.objects.access import strings as strings
    from mtop_core.objects.access import text as text
    from mtop_core.objects.conditions import Condition as Condition
    from mtop_core.objects.conditions import conditions_of as conditions_of
    from mtop_core.objects.model import Model as Model
    from mtop_core.objects.node import Node as Node
    from mtop_core.objects.node import tolerates as tolerates
    from mtop_core.objects.pod import Container as Container
    from mtop_core.objects.pod import Pod as Pod
    from mtop_core.objects.quantity import parse_quantity as parse_quantity
    from mtop_core.objects.refs import Ref as Ref
    from mtop_core.objects.refs import ref_of as ref_of
    from mtop_core.objects.selectors import object_selector as object_selector
    from mtop_core.objects.selectors import parse_selector as parse_selector
    from mtop_core.objects.text import cells as cells
    from mtop_core.objects.text import plain as plain
    from mtop_core.objects.text import safe as safe
    from mtop_core.objects.text import shorten as shorten
    from mtop_core.objects.times import parse_duration as parse_duration
    from mtop_core.objects.times import parse_time as parse_time
    from mtop_core.objects.times import rfc3339 as rfc3339
    from mtop_core.objects.times import short_age as short_age
    from mtop_core.objects.workload import Workload as Workload
    from mtop_core.options import common
    from mtop_core.options import complete_models as complete_models
    from mtop_core.options import complete_rules as complete_rules
    from mtop_core.options import dry_run_option as dry_run_option
    from mtop_core.options import field_selector_option as field_selector_option
    from mtop_core.options import output_options as output_options
    from mtop_core.options import seconds_of as seconds_of
    from mtop_core.options import selector_option as selector_option
    from mtop_core.options import yes_option as yes_option
    from mtop_core.places import cannot_write as cannot_write
    from mtop_core.places import write_atomically as write_atomically
    from mtop_core.providers.base import Listing as Listing
    from mtop_core.providers.base import LogLines as LogLines
    from mtop_core.providers.base import Narrow as Narrow
    from mtop_core.providers.base import Provider as Provider
    from mtop_core.providers.base import ReadOnly as ReadOnly
    from mtop_core.providers.base import Source as Source
    from mtop_core.providers.bundle import FORMAT, MANIFEST
    from mtop_core.providers.bundle import Bundle as Bundle
    from mtop_core.providers.bundle import sealed as sealed
    from mtop_core.providers.load import documents_of as documents_of
    from mtop_core.providers.packing import pack as pack
    from mtop_core.providers.reading import read_text as read_text
    from mtop_core.providers.remote import exists, put, shown
    from mtop_core.providers.snapshot import SUFFIX, kept
    from mtop_core.providers.snapshot import of_bytes as of_bytes
    from mtop_core.providers.snapshot import of_files as of_files
    from mtop_core.providers.snapshot import open_bundle as open_bundle
    from mtop_core.providers.snapshot import open_files as open_files
    from mtop_core.providers.snapshot import snapshots_dir as snapshots_dir
    from mtop_core.providers.yamltext import YamlError as YamlError
    from mtop_core.providers.yamltext import documents as documents
    from mtop_core.providers.yamltext import line_of as line_of
    from mtop_core.providers.yamltext import scalar as scalar
    from mtop_core.record import Record as Record
    from mtop_core.render.console import is_terminal as is_terminal
    from mtop_core.render.console import say as say
    from mtop_core.render.console import talk as talk
    from mtop_core.render.console import terminal_width as terminal_width
    from mtop_core.render.console import wants_colour as wants_colour
    from mtop_core.render.result import Column as Column
    from mtop_core.render.result import Frames as Frames
    from mtop_core.render.result import Result as Result
    from mtop_core.render.result import RowStream as RowStream
    from mtop_core.render.result import Sink as Sink
    from mtop_core.render.result import TextStream as TextStream
    from mtop_core.render.screen import other_screen as other_screen
    from mtop_core.render.screen import write
    from mtop_core.render.structured import as_yaml as as_yaml
    from mtop_core.render.structured import escaped as escaped
    from mtop_core.render.table import cut as cut
    from mtop_core.render.table import styled as styled
    from mtop_core.schema import check
    from mtop_core.schema import dotted as dotted
    from mtop_core.specs import CommandSpec as CommandSpec
    from mtop_core.specs import ConfigSpec as ConfigSpec
    from mtop_core.specs import Connection as Connection
    from mtop_core.specs import CostModelSpec as CostModelSpec
    from mtop_core.specs import NotifierSpec as NotifierSpec
    from mtop_core.specs import ProviderSpec as ProviderSpec
    from mtop_core.specs import RuleSpec as RuleSpec
    from mtop_core.specs import SourceRequest as SourceRequest
    from mtop_core.status import Status as Status
    from mtop_core.status import status_of as status_of
    from mtop_core.targets import load_target as load_target
    from mtop_core.trouble import root_line as root_line

    SNAPSHOT_FORMAT = FORMAT
    SNAPSHOT_MANIFEST = MANIFEST
    SNAPSHOT_SUFFIX = SUFFIX
    check_schema = check
    common_options = common
    kept_snapshot = kept
    remote_exists = exists
    remote_put = put
    remote_shown = shown
    finding_row = as_row
    write_screen = write

# Where each name lives; names that are called otherwise here carry their own after a colon.
_HOME = {
    "mtop_core.access": ("Access", "reads"),
    "mtop_core.app": ("App", "pass_app"),
    "mtop_core.command": ("MtopCommand", "command", "is_world"),
    "mtop_core.choosing": ("models_named", "named_objects"),
    "mtop_core.costs": ("Cost", "Usage", "usage_of"),
    "mtop_core.data": ("data_folder",),
    "mtop_core.diagnosis": ("Diagnosis", "Evidence", "Finding", "diagnose", "finding_row:as_row", "needed_kinds"),
    "mtop_core.errors": ("ConfigError", "ConflictError", "DataError", "InvalidObjectError", "MtopError",
                         "NotFoundError", "PluginError", "SourceError", "UsageError"),
    "mtop_core.hookspecs": ("hookimpl",),
    "mtop_core.inventory": ("Gap", "Inventory"),
    "mtop_core.notices": ("Message",),
    "mtop_core.objects": ("kinds:",),
    "mtop_core.objects.access": ("ShapeError", "dig", "items", "mapping", "number", "spelled", "strings", "text"),
    "mtop_core.objects.conditions": ("Condition", "conditions_of"),
    "mtop_core.objects.model": ("Model",),
    "mtop_core.objects.node": ("Node", "tolerates"),
    "mtop_core.objects.pod": ("Container", "Pod"),
    "mtop_core.objects.quantity": ("parse_quantity",),
    "mtop_core.objects.refs": ("Ref", "ref_of"),
    "mtop_core.objects.selectors": ("object_selector", "parse_selector"),
    "mtop_core.objects.text": ("cells", "plain", "safe", "shorten"),
    "mtop_core.objects.times": ("parse_duration", "parse_time", "rfc3339", "short_age"),
    "mtop_core.objects.workload": ("Workload",),
    "mtop_core.options": ("common_options:common", "complete_models", "complete_rules", "dry_run_option",
                          "field_selector_option", "output_options", "seconds_of", "selector_option", "yes_option"),
    "mtop_core.places": ("cannot_write", "write_atomically"),
    "mtop_core.providers.base": ("Listing", "LogLines", "Narrow", "Provider", "ReadOnly", "Source"),
    "mtop_core.providers.bundle": ("Bundle", "SNAPSHOT_FORMAT:FORMAT", "SNAPSHOT_MANIFEST:MANIFEST", "sealed"),
    "mtop_core.providers.load": ("documents_of",),
    "mtop_core.providers.packing": ("pack",),
    "mtop_core.providers.reading": ("read_text",),
    "mtop_core.providers.remote": ("remote_exists:exists", "remote_put:put", "remote_shown:shown"),
    "mtop_core.providers.snapshot": ("SNAPSHOT_SUFFIX:SUFFIX", "kept_snapshot:kept", "of_bytes", "of_files",
                                     "open_bundle", "open_files", "snapshots_dir"),
    "mtop_core.providers.yamltext": ("YamlError", "documents", "line_of", "scalar"),
    "mtop_core.record": ("Record",),
    "mtop_core.render.console": ("is_terminal", "say", "talk", "terminal_width", "wants_colour"),
    "mtop_core.render.result": ("Column", "Frames", "Result", "RowStream", "Sink", "TextStream"),
    "mtop_core.render.screen": ("other_screen", "write_screen:write"),
    "mtop_core.render.structured": ("as_yaml", "escaped"),
    "mtop_core.render.table": ("cut", "styled"),
    "mtop_core.schema": ("check_schema:check", "dotted"),
    "mtop_core.specs": ("CommandSpec", "ConfigSpec", "Connection", "CostModelSpec", "NotifierSpec", "ProviderSpec",
                        "RuleSpec", "SourceRequest"),
    "mtop_core.status": ("Status", "status_of"),
    "mtop_core.targets": ("load_target",),
    "mtop_core.trouble": ("root_line",),
}  # fmt: skip
_NAMES = {
    entry.partition(":")[0]: (module, entry.partition(":")[2] or entry)
    for module, entries in _HOME.items()
    for entry in entries
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"mtop_core.api has no {name}")
    module, attribute = _NAMES[name]
    found = import_module("mtop_core.objects.kinds") if name == "kinds" else getattr(import_module(module), attribute)
    globals()[name] = found
    return found
