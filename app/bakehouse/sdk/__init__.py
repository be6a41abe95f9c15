"""The contracts. A component, built in or from another package, imports this and nothing else of Bakehouse."""

from bakehouse.errors import (
    BakehouseError,
    CommandFailed,
    DataError,
    Diagnostic,
    Location,
    StepError,
    StepTimeout,
    Unavailable,
)
from bakehouse.sdk.artifact import Artifact
from bakehouse.sdk.builder import PROVISION, Builder, Step
from bakehouse.sdk.checkpoint import Checkpoint, FileDifference
from bakehouse.sdk.communicator import Command, Communicator, OnOutput, Stream, Terminal
from bakehouse.sdk.component import Component, Inputs
from bakehouse.sdk.config import UNKNOWN, Argument, Duration, option
from bakehouse.sdk.data_source import DataSource
from bakehouse.sdk.machine import BuildFacts, Context, Machine
from bakehouse.sdk.post_processor import PostProcessor, Processed
from bakehouse.sdk.provisioner import Provisioner
from bakehouse.sdk.resource import Resource
from bakehouse.sdk.script import ScriptWatch, StopAnswer

__all__ = [
    "PROVISION",
    "UNKNOWN",
    "Argument",
    "Artifact",
    "BakehouseError",
    "BuildFacts",
    "Builder",
    "Checkpoint",
    "Command",
    "CommandFailed",
    "Communicator",
    "Component",
    "Context",
    "DataError",
    "DataSource",
    "Diagnostic",
    "Duration",
    "FileDifference",
    "Inputs",
    "Location",
    "Machine",
    "OnOutput",
    "PostProcessor",
    "Processed",
    "Provisioner",
    "Resource",
    "ScriptWatch",
    "Step",
    "StepError",
    "StepTimeout",
    "StopAnswer",
    "Stream",
    "Terminal",
    "Unavailable",
    "option",
]
